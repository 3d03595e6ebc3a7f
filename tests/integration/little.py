"""A root with a shell and a few programs, for actions that take no time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from headwater.digest import digest_file
from headwater.engine import Action, Digest, Engine, File, Forest
from headwater.engine.tree import Entry
from headwater.toolbox import Toolbox

PROGRAMS = ("bash", "cat", "ls", "id", "touch", "sleep")


class Little:
    """A root with a shell and a few programs, taken from the toolbox."""

    def __init__(self, toolbox: Toolbox, programs: Iterable[str] = PROGRAMS) -> None:
        libraries = sorted(path for path in (toolbox.root / "usr/lib/x86_64-linux-gnu").glob("lib*.so*") if _wanted(path))
        self.paths = [toolbox.root / "usr/bin" / name for name in programs] + libraries
        self.paths.append(toolbox.root / "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        self.root = toolbox.root
        self.content: dict[Digest, Path] = {}

    def entries(self) -> Iterator[tuple[str, Entry]]:
        for path in self.paths:
            place = str(path.relative_to(self.root))
            if path.is_symlink():
                yield place, str(path.readlink())
                continue
            digest = Digest(digest_file(path), path.stat().st_size)
            self.content[digest] = path
            yield place, File(digest, executable=True)
        yield "lib64/ld-linux-x86-64.so.2", "../usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
        yield "lib", "usr/lib"
        yield from ((name, None) for name in ("build", "dev", "proc", "tmp"))

    def plant(self, forest: Forest) -> Digest:
        return forest.plant(self.entries())

    def file(self, digest: Digest) -> File:
        return File(digest)

    def supply(self, wanted: set[Digest]) -> Iterator[tuple[Digest, Path]]:
        yield from ((digest, self.content[digest]) for digest in wanted)


def _wanted(path: Path) -> bool:
    return path.name.startswith(
        ("libc.so", "libtinfo.so", "libselinux.so", "libpcre2-8.so", "libcap.so", "libcap-ng.so", "libm.so")
    )


def shell(engine: Engine, little: Little, script: str, **more: object) -> Action:
    words = ("/usr/bin/bash", "-c", f"exec 2>&1; {script}")
    fields = {"outputs": ("out",), "timeout": 60, "environment": {"PATH": "/usr/bin"}, **more}
    return Action(**{"arguments": words, "root": little.plant(engine.forest), "directory": "build", **fields})
