"""Attacks on limits without a spec around them: each is an action of our script, in a little root of the toolbox's programs."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.integration.little import Little

from headwater.build.limits import limit_met
from headwater.build.script import FILTER, FOLDERS, OUTPUTS, SCRIPT, TOP, write_script
from headwater.build.syscalls import filter_program
from headwater.command import tail
from headwater.config.model import BuildRule
from headwater.engine import Action, Digest, Engine, File, Limits, digest_of_bytes, open_engine
from headwater.store import Store
from headwater.toolbox import Toolbox

PROGRAMS = "bash cat cut dd find grep head mkdir rm setpriv sleep tail true truncate yes".split()  # noqa: SIM905 names


def attack_limits(folder: Path, attacks: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What is said of each attack, by name; in `folder` are `store`, which may be empty, and `toolbox`."""
    box = Toolbox(root=folder / "toolbox", key="")
    little = Little(box, PROGRAMS)
    crowding = [one for one in attacks if "processes" in one["limits"]]  # of all that a user has: others could not begin
    with open_engine(Store(folder / "store"), box) as engine, ThreadPoolExecutor(2) as pool:
        said = {one["name"]: _try(engine, little, one) for one in crowding}
        others = [one for one in attacks if one not in crowding]
        return said | dict(pool.map(lambda one: (one["name"], _try(engine, little, one)), others))


def _try(engine: Engine, little: Little, attack: dict[str, Any]) -> str:
    rule = BuildRule(**attack["limits"])
    script = write_script(["bash", "-ec", f"cd /{TOP}/BUILD; {attack['build']}"], rule).encode()
    made = {digest_of_bytes(data): data for data in (script, filter_program())}
    lying = [(SCRIPT, File(digest_of_bytes(script))), (FILTER, File(digest_of_bytes(filter_program())))]
    folders = [(name, None) for name in ("var/tmp", *(f"{TOP}/{name}" for name in FOLDERS))]
    action = Action(
        arguments=("/usr/bin/bash", SCRIPT),
        root=engine.forest.plant([*little.entries(), *lying, *folders]),
        directory=TOP,
        outputs=OUTPUTS,
        environment={"PATH": "/usr/bin"},
        timeout=rule.timeout,
        limits=Limits(memory=rule.memory, disk=rule.disk, processes=rule.processes),
    )

    def supply(wanted: set[Digest]) -> Iterator[tuple[Digest, bytes | Path]]:
        yield from ((digest, made[digest]) for digest in wanted & made.keys())
        yield from little.supply(wanted - made.keys())

    outcome = engine.run(action, supply)
    log = tail(outcome.log_bytes or (engine.client.read(outcome.log) if outcome.log else b""), lines=100)
    limit = limit_met("hostile", outcome, log, rule)
    return f"{limit.what if limit else outcome.code}\n{log}"
