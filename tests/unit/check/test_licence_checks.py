"""Licence tags against licence texts."""

import pytest

from headwater.check.licence_checks import known_texts, of_tags, of_texts, recognise
from headwater.rpm.licence import licensing, named

MIT = "Permission is hereby granted, free of\n * charge, to any person\n * obtaining a copy"
GPL2 = "     GNU GENERAL PUBLIC LICENSE\n       Version 2, June 1991\n"


@pytest.mark.parametrize("said", ["GPL", "GPLv2+", "MIT AND", "Public Domain", "", "MIT ANDD ISC"])
def test_what_spdx_does_not_know_is_no_expression(header, said) -> None:
    ((_, told),) = of_tags([header(licence=said), header("other", licence=said)])
    assert told[:2] == ("licence-not-spdx", said)


@pytest.mark.parametrize("said", ["MIT", "GPL-2.0-only WITH Classpath-exception-2.0", "(MIT OR ISC) AND LicenseRef-Own-1"])
def test_expressions_are_taken(header, said) -> None:
    assert not list(of_tags([header(licence=said)]))
    assert "Classpath-exception-2.0" not in (named(said) or ())


def test_a_text_that_no_tag_names_is_found(header) -> None:
    found = list(of_texts([header(licence="ISC")], {"small": {"/usr/share/licenses/small/COPYING": MIT}}))
    assert [told[:2] for _, told in found] == [
        ("licence-text-unclaimed", "/usr/share/licenses/small/COPYING"),
        ("licence-text-missing", "ISC"),
    ]


def test_the_tag_of_another_package_of_the_component_may_name_it(header) -> None:
    headers = [header("small", licence="GPL-2.0-or-later"), header("small-libs", licence="MIT")]
    texts = {"small": {"/a": GPL2}, "small-libs": {"/b": MIT}}
    assert not list(of_texts(headers, texts))


def test_licences_without_a_well_known_text_are_not_missed(header) -> None:
    assert not list(of_texts([header(licence="LicenseRef-Own")], {}))


def test_texts_are_known_through_comment_signs_and_line_breaks() -> None:
    assert [min(one.names) for one in recognise(GPL2)] == ["GPL-1.0-or-later"]
    assert not recognise("the GNU General Public License, version 2")


def test_the_list_names_licences_of_spdx() -> None:
    known = licensing().known_symbols
    assert not [name for text in known_texts() for name in text.names if name not in known]
    assert all(words == " ".join(words.lower().split()) for text in known_texts() for words in text.words)
