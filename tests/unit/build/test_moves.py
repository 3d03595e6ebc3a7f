"""What differs between two builds."""

from headwater.build.moves import command_moves, file_moves, line_moves, package_moves
from headwater.build.snapshot import Part, Snapshot
from headwater.engine import File, Forest, digest_of_bytes

FOREST = Forest()
ONE, TWO = File(digest_of_bytes(b"1")), File(digest_of_bytes(b"2"), executable=True)
X1, X2 = FOREST.plant([("usr/x", ONE), ("usr/l", "x")]), FOREST.plant([("usr/x", TWO), ("usr/l", "y")])


def snapshot(**parts: Part) -> Snapshot:
    return Snapshot(packages=parts, made={}, arguments=("build",), environment={"TZ": "UTC"}, timeout=9)


def test_packages_come_go_and_are_made_anew() -> None:
    before = snapshot(a=Part(version="a-1", tree=X1), b=Part(version="b-1", tree=X1), c=Part(version="c-1", tree=X1))
    after = snapshot(
        a=Part(version="a-1", tree=X2),
        b=Part(version="b-2", tree=X1),
        c=Part(version="c-2", tree=X2),
        d=Part(version="d-1", tree=X1),
    )
    found = {move.name: move.change for move in package_moves(before, after)}
    assert found == {"a": "made anew", "b": "same content", "c": "updated", "d": "added"}
    assert [move.change for move in package_moves(after, snapshot())] == ["removed"] * 4
    assert not list(package_moves(after, after))


def test_files_are_told_with_their_part() -> None:
    before, after = snapshot(a=Part(version="a-1", tree=X1)), snapshot(a=Part(version="a-1", tree=X2))
    link, file = file_moves(before, after, FOREST)
    assert (link.name, link.before, link.after, link.of) == ("usr/l", "-> x", "-> y", "a")
    assert (file.change, file.before, file.after) == ("changed", f"{ONE.digest.hash[:12]} 1", f"{TWO.digest.hash[:12]} 1 x")
    assert not list(file_moves(before, after, FOREST, unknown=["a"]))
    assert [move.change for move in file_moves(snapshot(), after, FOREST)] == ["added", "added"]


def test_command_and_lines() -> None:
    before = Snapshot(packages={}, made={}, arguments=("a",), environment={"TZ": "UTC", "A": "1"}, timeout=9, texts={"s": "1"})
    after = Snapshot(
        packages={}, made={}, arguments=("b",), environment={"TZ": "CET"}, timeout=10, texts={"s": "2", "new": "3"}
    )
    assert [(move.what, move.name, move.change) for move in command_moves(before, after)] == [
        ("arguments", "", "changed"),
        ("environment", "A", "removed"),
        ("environment", "TZ", "changed"),
        ("timeout", "", "changed"),
    ]
    lines = list(line_moves(before, after, lambda _: "one\ntwo\nthree\n", lambda _: "one\n2\nthree\nfour\n"))
    assert [(move.name, move.change, move.before, move.after) for move in lines] == [
        ("s:2", "changed", "two", "2"),
        ("s:4", "added", "", "four"),
    ]
