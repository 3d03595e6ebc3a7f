"""Paths of archives: what they become, and which are refused."""

import pytest

from headwater.bridge import paths


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./usr/bin/x", "/usr/bin/x"),
        ("bin/x", "/usr/bin/x"),
        ("./lib64/ld.so", "/usr/lib64/ld.so"),
        ("./sbin", "/sbin"),
        ("./libexec/x", "/libexec/x"),
        ("././usr//x/", "/usr/x"),
        ("./", "/"),
    ],
)
def test_a_path_is_absolute_and_merged(name: str, path: str) -> None:
    assert paths.merge_usr(paths.clean(name)) == path


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "a\nb", "a\x00b", "a\x7fb", "x/" * 3000])
def test_an_unsafe_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        paths.clean(name)


def test_parents_are_outermost_first() -> None:
    assert paths.parents("/usr/lib/x") == ["/usr", "/usr/lib"]
    assert paths.parents("/usr") == []
