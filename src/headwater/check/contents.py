"""What stands in packages' files: secrets, paths of the build, licences. Read in the toolbox; nothing is unpacked to disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.check.header_checks import Told, is_debug, licence_files
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.secret import PATTERNS, secret_by_name
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

INSIDE = Path(__file__).with_name("inside_contents.py")
LIMIT = 600  # seconds for all packages of a component
BUILD = r"/build/BUILD(?:ROOT)?/[!-~]*"  # below rpmbuild's %_topdir


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one package's files hold: (path, what, excerpt) for what was found, and the texts of its licence files."""

    found: tuple[tuple[str, str, str], ...]
    texts: dict[str, str]


def look_into(packages: Mapping[Rpm, Header], toolbox: Toolbox, store: Store) -> dict[Rpm, Look]:
    """All files of packages, looked through once."""
    patterns = {"build-path": BUILD, **PATTERNS}
    places = {rpm: f"/run/packages/{number}.rpm" for number, rpm in enumerate(packages)}
    asked = [{"path": places[rpm], "texts": licence_files(header)} for rpm, header in packages.items()]
    lines = sandbox.run(
        toolbox,
        ["python3", "-I", "/run/inside_contents.py"],
        binds=[
            sandbox.Bind(source=INSIDE, target="/run/inside_contents.py"),
            *(sandbox.Bind(source=store.path(rpm.digest), target=place) for rpm, place in places.items()),
        ],
        stdin=msgspec.json.encode({"patterns": patterns, "packages": asked}),
        timeout=LIMIT,
        what="the files of packages could not be looked through",
    ).stdout.splitlines()
    return dict(zip(packages, (msgspec.json.decode(line, type=Look) for line in lines), strict=True))


def of_contents(header: Header, look: Look) -> Iterator[Told]:
    """Secrets and paths of the build. Debug packages hold sources, and what people wrote there is known anyway."""
    if is_debug(header):
        return
    for file in header.files:
        if file.regular and not file.ghost and (what := secret_by_name(file.path)):
            yield "secret", file.path, f"is {what}"
    for path, words, excerpt in look.found:
        if words == "build-path":
            yield "build-path", path, f"holds the path {excerpt}"
        else:
            yield "secret", path, words
