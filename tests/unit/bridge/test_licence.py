"""Licences of copyright files as SPDX."""

import pytest

from headwater.bridge.licence import UNKNOWN, to_spdx

HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"


@pytest.mark.parametrize(
    ("licences", "spdx"),
    [
        (["GPL-2+"], "GPL-2.0-or-later"),
        (["LGPL-2.1"], "LGPL-2.1-only"),
        (["Expat", "BSD-3-clause", "Expat"], "BSD-3-Clause AND MIT"),
        (["GPL-2+ or Artistic"], "GPL-2.0-or-later OR Artistic-1.0-Perl"),
        (["GPL-2+ or Artistic", "MIT"], "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT"),
        (["GPL-3 or later"], "GPL-3.0-or-later"),
        (["GPL-3+ and LGPL-2+", "GPL-3+"], "GPL-3.0-or-later AND LGPL-2.0-or-later"),
        (["GPL-2+ with OpenSSL exception"], "LicenseRef-debian-GPL-2-with-OpenSSL-exception"),
        (["public-domain"], "LicenseRef-debian-public-domain"),
        (["My own %{terms}"], "LicenseRef-debian-My-own-terms"),
    ],
)
def test_short_names(licences: list[str], spdx: str) -> None:
    text = HEAD + "".join(f"Files: {number}\nCopyright: x\nLicense: {name}\n Text.\n\n" for number, name in enumerate(licences))
    assert to_spdx(text) == spdx


@pytest.mark.parametrize("text", ["", "Anybody may do anything.", HEAD, HEAD + "no field\n"])
def test_free_text_is_a_reference(text: str) -> None:
    assert to_spdx(text) == UNKNOWN
