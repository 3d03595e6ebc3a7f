"""rpmlint in the toolbox, and its lines as findings: those that the list of checks names count, the others do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from headwater.check.header_checks import DEBUG, Told
from headwater.config.catalogue import RPMLINT, catalogue
from headwater.errors import Kind, fail
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

SETTINGS = Path(__file__).with_name("rpmlint.toml")
LIMIT = 600  # seconds for all packages of a component
_LINE = re.compile(
    r"(?P<package>\S+?)(?:\.(?P<arch>[a-z0-9_]+))?:(?:\d+:)? [EWI]: (?P<id>[^\s%]+?)(?:-%\S*)?(?: (?P<rest>.*))?"
)
_DONE = re.compile(r"(\d+) packages and \d+ specfiles checked")
_UNSHOWN = re.compile(r"[^ -~\u00a1-\ud7ff]")


def lint(rpms: Sequence[Rpm], toolbox: Toolbox, store: Store) -> tuple[tuple[str, Told], ...]:
    """What counts of rpmlint's findings in packages (not those of debug packages), each with the name of its package."""
    usual = [rpm for rpm in rpms if not rpm.name.endswith(DEBUG)]
    places = {f"/run/packages/{rpm.filename}": store.path(rpm.digest) for rpm in usual}
    settings = sandbox.Bind(source=SETTINGS, target="/run/rpmlint.toml")
    result = sandbox.run(
        toolbox,
        ["rpmlint", "--config", settings.target, "--ignore-unused-rpmlintrc", *sorted(places)],
        binds=[settings, *(sandbox.Bind(source=source, target=place) for place, source in places.items())],
        timeout=LIMIT,
        accept=range(256),  # 64 and more say that something was found
        what="rpmlint could not be asked",
    )
    text = result.stdout.decode(errors="replace")
    done = _DONE.search(text)
    if not done or int(done[1]) != len(usual):
        said = (text + result.stderr.decode(errors="replace"))[-2000:]
        raise fail(Kind.TOOL, f"rpmlint did not look at all of `{usual[0].component}`", why=said)
    return tuple(sorted(read(text, {rpm.name for rpm in usual})))


def read(text: str, packages: set[str]) -> Iterator[tuple[str, Told]]:
    """The findings that count in rpmlint's output; a line about a spec is one about the source package."""
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if not match or (id_ := f"{RPMLINT}{match['id'].removesuffix('-')}") not in catalogue():
            continue
        package = match["package"]
        if package in packages:
            first, _, rest = (match["rest"] or "").partition(" ")
            yield package, (id_, _plain(first) or package, _plain(rest) or catalogue()[id_].reason)


def _plain(text: str) -> str:
    return _UNSHOWN.sub("?", text.strip())
