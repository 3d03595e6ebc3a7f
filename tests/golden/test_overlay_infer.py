"""Each case of tests/golden/overlay-infer/CASE: folders `a` and `b` give expected.toml, and gaps.txt where one is not said.

HEADWATER_WRITE_GOLDEN=1 writes what is expected anew, to be read before it is committed.
"""

import os
import tomllib
from pathlib import Path

import msgspec
import pytest

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.overlay import apply
from headwater.overlay.infer import Gap, copy_brought, infer, read_folder, write_overlays
from headwater.store import Store

ROOT = Path(__file__).parent / "overlay-infer"
CASES = sorted(path.parent for path in ROOT.glob("*/a"))
WRITE = os.environ.get("HEADWATER_WRITE_GOLDEN") == "1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_inferred_overlays(case: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    found = copy_brought(infer("brook", case / "a", case / "b", store), tmp_path / "brook")
    toml, gaps = write_overlays("brook", found.overlays), "".join(map(told, found.gaps))
    if WRITE:
        (case / "expected.toml").write_text(toml)
        (case / "gaps.txt").unlink(missing_ok=True)
        if gaps:
            (case / "gaps.txt").write_text(gaps)
    assert toml == (case / "expected.toml").read_text()
    assert gaps == ((case / "gaps.txt").read_text() if (case / "gaps.txt").exists() else "")
    made, _ = apply(read_folder("brook", case / "a").tree, read_back(toml, tmp_path), store)
    wanted = read_folder("brook", case / "b").tree.files
    assert (made.files == wanted) is not any(gap.file in wanted for gap in found.gaps)


def read_back(toml: str, folder: Path) -> list[Overlay]:
    """The overlays of a TOML file in a folder."""
    overlays = msgspec.convert(tomllib.loads(toml)["components"]["brook"]["overlays"] if toml else [], list[Overlay])
    return [
        msgspec.structs.replace(one, source=str(folder / one.source)) if isinstance(one, PatchAdd | FileAdd) else one
        for one in overlays
    ]


def told(gap: Gap) -> str:
    lines = [f"- {line}\n" for line in gap.removed] + [f"+ {line}\n" for line in gap.added]
    return f"{gap.file}:{gap.line}\n" + "".join(lines)
