"""What a varied build needs: small programs of ours, compiled in an action with the compiler and the C library of build roots.

Another clock and another order of directories have to be made: no process may set the machine's clock, and what order a
directory has is the file system's affair. Libraries loaded first (/etc/ld.so.preload) do it for all programs but static ones.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files

import msgspec

from headwater.build import buildroot
from headwater.build.buildroot import Content, Entry, Made
from headwater.build.job import Job
from headwater.build.line import Line
from headwater.build.variation import AHEAD, LOCALE, MARK, STILL, TOOLS
from headwater.build.verified import Verify
from headwater.command import tail
from headwater.engine import Action, Digest, File, digest_of_bytes
from headwater.errors import Failure, Kind, fail
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result

KIND = "varied"
PLACE = "made"  # the working directory, below the root
SOURCES = ("begin.c", "clock.c", "clock.h", "order.c", "times.c")
COMPILER = ("gcc",)
LOCALES = (f"/usr/share/i18n/locales/{LOCALE}", "/usr/share/i18n/charmaps/UTF-8.gz", "/usr/bin/localedef")
SCRIPT = f"""set -e
exec 2>&1
ldconfig -X
compile() {{ gcc -O2 -Wall -shared -fPIC -DBEGAN='"{MARK}"' "$@" -ldl; }}
gcc -O2 -Wall -o out/begin begin.c
compile -DAHEAD={AHEAD}L -o out/clock.so clock.c times.c
compile -DSTILL={STILL}L -o out/still.so clock.c times.c
compile -o out/order.so order.c
if test -e {LOCALES[0]}; then
    localedef --no-archive -c -i {LOCALE} -f UTF-8 ./out/{LOCALE}.utf8
fi
"""
LIMIT = 300  # seconds


class Instruments(msgspec.Struct, frozen=True, kw_only=True):
    """The programs below `/varied`, and the locale where roots have theirs. `lacking` says what could not be made, and why."""

    made: Made
    locale: bool = False
    lacking: str = ""

    @property
    def there(self) -> bool:
        return not self.lacking


def make_instruments(line: Line, verify: Verify) -> Instruments:
    """Compiled once for a compiler and a C library; where no root can have these, some things are not varied."""
    try:
        job = _job(line, _root(line))
    except Failure as failure:
        empty = Made(tree=line.engine.forest.empty, content={}, names={})
        return Instruments(made=empty, lacking=failure.problems[0].what)
    kept = line.store.get(KIND, job.key) or _compile(line, job, verify)
    return Instruments(made=_laid(line, kept), locale=any(name.startswith(LOCALE) for name in kept.outputs))


def _root(line: Line) -> tuple[Rpm, ...]:
    """The packages to compile with, and, where there are some, those that locales are made from."""
    with suppress(Failure):
        return line.workshop.root_of_bridged(KIND, (*COMPILER, *LOCALES))
    return line.workshop.root_of_bridged(KIND, COMPILER)


def _job(line: Line, packages: tuple[Rpm, ...]) -> Job:
    forest, workshop = line.engine.forest, line.workshop
    texts = {name: (files("headwater.build") / "varied" / name).read_bytes() for name in SOURCES}
    entries: list[Entry] = [(f"{PLACE}/{name}", File(digest_of_bytes(text))) for name, text in texts.items()]
    content = {digest_of_bytes(text): text for text in texts.values()}
    sources = Made(tree=forest.plant([*entries, (f"{PLACE}/out", None)]), content=dict(content), names={})
    made = (workshop.generated, sources)
    root = buildroot.compose([(rpm, workshop.roots.tree(rpm)) for rpm in packages], made, forest)
    action = Action(
        arguments=("/bin/bash", "-c", SCRIPT),
        root=root,
        directory=PLACE,
        outputs=("out",),
        environment={"PATH": "/usr/bin:/usr/sbin", "LC_ALL": "C.UTF-8"},
        timeout=LIMIT,
    )
    return Job(component=KIND, packages=packages, made=made, action=action, key=action.digest.hash, inputs={})


def _compile(line: Line, job: Job, verify: Verify) -> Result:
    verify(job.packages)
    with step(KIND, "instruments", reason="what builds are varied with", minor=True):
        outcome = line.engine.run(job.action, lambda wanted: line.workshop.supply(job, wanted))
    if outcome.code or outcome.timed_out or not outcome.outputs:
        log = outcome.log_bytes or (line.engine.client.read(outcome.log) if outcome.log else b"")
        raise fail(Kind.BUILD, "what builds are varied with does not compile", why=tail(log))
    blobs: dict[str, Blob] = {}
    with line.store.scratch(KIND) as folder:
        for path, file in outcome.outputs.items():
            line.engine.client.save(file.digest, folder / "one")
            blobs[path.removeprefix("out/")] = line.store.add_file(folder / "one", move=True)
    return line.store.put(KIND, job.key, blobs)


def _laid(line: Line, kept: Result) -> Made:
    """What was compiled, where a varied build has it."""
    entries: list[Entry] = []
    content: dict[Digest, Content] = {}
    for name, blob in kept.outputs.items():
        digest = Digest(blob.digest, blob.size)
        content[digest] = line.store.path(blob.digest)
        entries.append((_place(name), File(digest, executable="/" not in name)))
    return Made(tree=line.engine.forest.plant(entries), content=content, names={})


def _place(name: str) -> str:
    return f"usr/lib/locale/{name}" if name.startswith(LOCALE) else f"{TOOLS}/{name}"
