"""The toolbox's programs, started on this machine through the toolbox's own loader and libraries; any host will do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headwater import command
from headwater.errors import Kind, fail
from headwater.toolbox.model import Toolbox


def wrap(folder: Path, toolbox: Toolbox, names: Iterable[str]) -> Path:
    """A folder of small programs, each of which starts the toolbox's of the same name."""
    folder.mkdir(exist_ok=True)
    root = toolbox.root
    loader = next(iter(sorted(root.glob("usr/lib*/ld-linux-*.so.*"))), root / "usr/lib64/ld-linux-x86-64.so.2")
    libraries = ":".join(str(place) for place in [*sorted(root.glob("usr/lib/*-linux-gnu")), root / "usr/lib64"])
    for name in names:
        program = root / "usr/bin" / name
        if not program.exists():
            raise fail(Kind.TOOL, f"`{name}` is not in the toolbox", why=f"looked for {program}", hint="hw toolbox update")
        line = command.copyable([str(loader), "--library-path", libraries, "--argv0", str(folder / name), str(program)])
        beside = folder / f".{name}"
        beside.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        beside.chmod(0o755)
        beside.rename(folder / name)
    return folder


def host_path() -> str:
    """The host's folders for programs (bwrap, fusermount3) that every user can enter."""
    return ":".join(folder for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin") if Path(folder).is_dir())
