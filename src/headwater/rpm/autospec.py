"""Releases and changelogs counted from history, by Fedora's own rpmautospec in the toolbox: many at once, each confined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from headwater.digest import digest_of
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

VERSION = 4  # of inside_autospec.py
SECONDS = 120  # that one history may take: a spec is read at each of its commits
INSIDE = (Path(__file__).with_name("inside_autospec.py"), Path(__file__).with_name("inside_spec.py"))
PACKAGES = ("rpmautospec", "rpmautospec_core")
PLACE, HISTORIES = "/run/headwater", "/run/history"


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be counted: the id of its last commit, which stands for all of it, and the name of the spec in it.

    `pack` writes all its objects as one pack below a folder of objects; it is called for what was not counted before.
    """

    component: str
    spec: str
    head: str
    pack: Callable[[Path], None]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The spec with its numbers and its changelog, or what rpmautospec said instead."""

    spec: bytes = b""
    error: str = ""


def count(histories: Sequence[History], toolbox: Toolbox, store: Store, *, jobs: int = 1) -> tuple[Counted, ...]:
    """An answer for each history, in order. What was counted once with this toolbox is not counted again."""
    keys = [_key(one, toolbox) for one in histories]
    known: dict[str, Counted | None] = {key: _kept(key, store) for key in keys}
    new = [one for one, key in zip(histories, keys, strict=True) if known[key] is None]
    for one, said in zip(new, _ask_all(new, toolbox, store, max(1, jobs)), strict=True):
        known[_key(one, toolbox)] = said
        if not said.error:
            store.put("autospec", _key(one, toolbox), {"spec": said.spec})
    return tuple(answer for key in keys if (answer := known[key]))


def _key(one: History, toolbox: Toolbox) -> str:
    from importlib.metadata import version  # noqa: PLC0415 it loads a reader of mail, and most verbs count nothing

    return digest_of([VERSION, version("rpmautospec"), toolbox.key, one.head, one.spec])


def _kept(key: str, store: Store) -> Counted | None:
    found = store.use("autospec", key)
    return Counted(spec=store.read(found.outputs["spec"].digest)) if found else None


def _ask_all(histories: Sequence[History], toolbox: Toolbox, store: Store, jobs: int) -> list[Counted]:
    if not histories:
        return []
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 it loads a logger, and often nothing is left to do

    shares = [histories[first::jobs] for first in range(min(jobs, len(histories)))]
    with (
        step("count", f"{len(histories)} histories", reason="their releases or changelogs were not counted before"),
        ThreadPoolExecutor(len(shares)) as pool,
    ):
        found = list(pool.map(lambda share: _ask(share, toolbox, store), shares))
    return [found[number % len(shares)][number // len(shares)] for number in range(len(histories))]


def _ask(histories: Sequence[History], toolbox: Toolbox, store: Store) -> list[Counted]:
    """One process in the toolbox counts all of these. Few binds: each namespace of each question copies every one."""
    binds = [sandbox.Bind(source=path, target=f"{PLACE}/{path.name}") for path in INSIDE]
    binds += [sandbox.Bind(source=path, target=f"{PLACE}/site/{path.name}") for name in PACKAGES for path in _site(name)]
    binds.append(sandbox.Bind(source=toolbox.root / "usr/bin/bash", target="/usr/bin/dash"))
    questions = []
    with store.scratch("histories") as folder:
        for number, one in enumerate(histories):
            one.pack(folder / str(number))
            questions.append({"objects": f"{HISTORIES}/{number}", "head": one.head, "spec": one.spec, "seconds": SECONDS})
        said = sandbox.run(
            toolbox,
            ["python3", "-I", f"{PLACE}/{INSIDE[0].name}"],
            binds=[*binds, sandbox.Bind(source=folder, target=HISTORIES)],
            stdin=msgspec.json.encode(questions),
            timeout=60 + (SECONDS + 5) * len(histories),
            what="rpmautospec could not be asked",
        )
    return [msgspec.json.decode(line, type=Counted) for line in said.stdout.splitlines()]


def _site(name: str) -> tuple[Path, ...]:
    """Where one of rpmautospec's packages lies, and what tells its version; it is a dependency of ours."""
    from importlib.metadata import distribution  # noqa: PLC0415 as above

    found = distribution(name)
    told = next(file for file in found.files or () if file.name == "METADATA")
    return Path(str(found.locate_file(name))), Path(str(found.locate_file(told))).parent
