"""Doublestar globs."""

from pathlib import Path

import pytest

from headwater.config.globs import alternatives, expand, is_glob, named


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.toml", "b.toml", "b.txt", ".hidden.toml", "x/a.toml", "x/y/c.toml", "x/y/z/c.toml", "folder.toml/inner"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.toml", ["a.toml"]),
        ("none.toml", []),
        ("*.toml", [".hidden.toml", "a.toml", "b.toml"]),
        ("?.t??", ["b.txt"]),
        ("?.toml", ["a.toml", "b.toml"]),
        ("[!a].toml", ["b.toml"]),
        ("[^a].toml", ["b.toml"]),
        ("{a,x/y/c}.toml", ["a.toml", "x/y/c.toml"]),
        ("x/**/c.toml", ["x/y/c.toml", "x/y/z/c.toml"]),
        ("**/a.toml", ["a.toml", "x/a.toml"]),
        ("x/**", ["x/a.toml", "x/y/c.toml", "x/y/z/c.toml"]),
        ("**/**/y/*", ["x/y/c.toml"]),
        ("a.toml/*", []),
        ("nowhere/*/x", []),
    ],
)
def test_only_files_match_sorted(tree: Path, pattern: str, names: list[str]) -> None:
    assert [path.relative_to(tree).as_posix() for path in expand(f"{tree}/{pattern}")] == names


def test_links_to_folders_are_not_followed_below_two_stars(tree: Path) -> None:
    (tree / "x" / "loop").symlink_to(tree / "x")
    assert len(expand(f"{tree}/x/**/c.toml")) == 2


def test_braces_nest_and_multiply() -> None:
    assert alternatives("{a,b{1,2}}.{c,d}") == ["a.c", "a.d", "b1.c", "b1.d", "b2.c", "b2.d"]


def test_a_bomb_of_braces_is_refused() -> None:
    with pytest.raises(ValueError, match="alternatives"):
        alternatives("{a,b}" * 40)


def test_braces_alone_must_match() -> None:
    assert not is_glob("{a,b}.toml")
    assert is_glob("[ab].toml")


def test_names_are_meant_by_themselves_or_by_patterns() -> None:
    known = ["a.b", "axb", "lib", "libc6", "libz"]
    assert named(["a.b", "lib?", "[x-z]*", "gone"], known) == {"a.b", "libz"}
    assert named(["lib*"], known) == {"lib", "libc6", "libz"}
    assert not named([], known)
