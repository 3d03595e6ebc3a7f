"""What Debian's packages would run when they are installed: read from the .debs, never run, and kept by a .deb's digest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from headwater.bridge.archive import MOST_CONTROL, Broken, open_tar
from headwater.errors import Kind, fail
from headwater.store import Store
from headwater.toolbox import debian
from headwater.toolbox.debian import Deb

SCRIPTS = ("preinst", "postinst")  # the others run when a package goes, or before a transaction that there is none of
MOST = 1 << 20  # bytes of one script


def maintainer_scripts(debs: Iterable[Deb], store: Store, *, offline: bool = False) -> dict[str, dict[str, str]]:
    """By package, the text of each script that its installation would run. Errors: Failure(SOURCE) of a .deb that is gone."""
    kept = {one: store.get("scripts", one.sha256) for one in debs}
    debian.fetch([one for one, result in kept.items() if result is None], store, offline=offline)
    made = {
        one: result or store.put("scripts", one.sha256, {}, facts=_read(one, store.path(one.sha256)))
        for one, result in kept.items()
    }
    return {one.name: msgspec.convert(result.facts, dict[str, str]) for one, result in made.items()}


def _read(deb: Deb, path: Path) -> dict[str, str]:
    scripts = {}
    try:
        with open_tar(path, "control", MOST_CONTROL) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isreg() and name in SCRIPTS:
                    file = archive.extractfile(member)
                    assert file, "a regular member has content"
                    scripts[name] = file.read(MOST).decode(errors="replace")
    except Broken as broken:
        what = f"`{deb.filename}` is not a Debian package that can be taken"
        raise fail(Kind.SOURCE, what, why=str(broken), hint="hw bridge update") from None
    return scripts
