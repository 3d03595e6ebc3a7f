"""The house stands: imports point one way, and each door is the only one."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "headwater"
# house.md, "The rooms", as docs/decisions tell where we left it: rooms of one tier do not import one another.
TIERS = (
    {"errors", "origin", "digest", "feed", "secret", "sparse", "suggest", "tarheader"},
    {"command", "store", "progress", "report", "upkeep", "whole"},
    {"toolbox"},
    {"diffoscope"},
    {"engine"},
    {"config"},
    {"upstream", "spec"},
    {"rpm"},
    {"overlay", "sign"},
    {"render"},
    {"bridge", "build"},
    {"repo"},
    {"check"},
    {"image"},
    {"sbom"},
    {"evidence"},
    {"site"},
    {"finished", "request"},
    {"derive"},
    {"accompany", "between", "compose", "factory", "footing", "prepare", "questions"},
    {"trials"},
    {"pipeline"},
    {"cli"},
    {"__main__"},
)
RANK = {room: rank for rank, rooms in enumerate(TIERS) for room in rooms}
GROUND = TIERS[0] | TIERS[1]
# value modules that other rooms may name
DATA = frozenset(
    "model images policy suites workshop resources repos query ground overlays change sandbox debian lock".split()  # noqa: SIM905 names
) | {"catalogue", "licence"}
FACES = frozenset({"config.verbs", "image.verbs"})  # second faces, of stages whose first one has to load quickly


def modules() -> list[Path]:
    return sorted(path for path in SRC.rglob("*.py") if "protos" not in path.parts and path != SRC / "__init__.py")


def room(path: Path) -> str:
    parts = path.relative_to(SRC).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def ours(path: Path) -> Iterator[tuple[int, list[str]]]:
    for line, name in imported(path):
        parts = name.split(".")
        if parts[0] == "headwater" and len(parts) > 1 and parts[1] != "__version__":
            yield line, parts[1:]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SRC)))
def test_imports_point_left(path: Path) -> None:
    here = room(path)
    assert here in RANK, f"{path}: this room is not in the plan"
    for line, parts in ours(path):
        there = parts[0]
        if there == here:
            continue
        assert there in RANK, f"{path}:{line}: no room is called {there}"
        same_ground = here in GROUND and there in GROUND
        assert RANK[there] < RANK[here] or (same_ground and RANK[there] <= RANK[here]), f"{path}:{line}: {here} imports {there}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SRC)))
def test_stages_are_entered_by_their_face(path: Path) -> None:
    here = room(path)
    for line, parts in ours(path):
        there = parts[0]
        deep = (SRC / there).is_dir() and len(parts) > 2
        if there != here and deep and (SRC / there / f"{parts[1]}.py").exists():
            known = parts[1] in DATA or f"{there}.{parts[1]}" in FACES
            assert known, f"{path}:{line}: {here} reaches into {there}.{parts[1]}; use the face of {there}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SRC)))
def test_one_door_for_programs_and_one_for_printing(path: Path) -> None:
    inside = path.name.startswith("inside_")  # runs in the toolbox's own Python, talks over its standard output
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            assert inside or path == SRC / "cli" / "output.py", f"{path}:{node.lineno}: only cli/output.py prints"
    for line, name in imported(path):
        if name.split(".")[0] in {"subprocess", "pty"}:
            assert inside or path == SRC / "command.py", f"{path}:{line}: only command.py starts programs"


@pytest.mark.parametrize("room_name", ["spec", "overlay"])
def test_pure_rooms_fetch_and_start_nothing(room_name: str) -> None:
    for path in sorted((SRC / room_name).rglob("*.py")):
        for line, name in imported(path):
            assert name.split(".")[0] not in {"httpx", "urllib", "socket", "subprocess"}, f"{path}:{line}"
            assert not name.startswith("headwater.command"), f"{path}:{line}: {room_name} starts no program"


def test_faces_hold_no_logic() -> None:
    for face in sorted(SRC.glob("*/__init__.py")):
        for node in ast.parse(face.read_text()).body:
            plain = isinstance(node, ast.Import | ast.ImportFrom | ast.Assign) or (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            )
            assert plain, f"{face}:{node.lineno}: a face re-exports and does nothing else"


def test_files_open_with_their_purpose_and_tell_one_story(record_property: Callable[[str, object], None]) -> None:
    long = []
    for path in modules():
        text = path.read_text()
        if text.strip() and path.name != "__init__.py":
            assert ast.get_docstring(ast.parse(text)), f"{path} does not say what it is for"
        if text.count("\n") > 300:
            long.append(f"{path.relative_to(SRC)}: {text.count(chr(10))} lines")
    record_property("long_files", long)
    assert not [entry for entry in long if int(entry.rsplit(" ", 2)[1]) > 450], f"these files tell two stories: {long}"
