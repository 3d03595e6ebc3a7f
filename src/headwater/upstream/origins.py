"""Where a source file may lie: each kind of origin becomes addresses, with what this machine's apt and pip know of mirrors."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import PurePosixPath
from typing import assert_never
from urllib.parse import quote, urljoin

import msgspec

from headwater import command
from headwater.config.model import Custom, DebianPool, Download, OverlayOrigin, PyPI, Source
from headwater.errors import Failure
from headwater.toolbox.debian import mirror
from headwater.upstream.hosts import Refused

SIMPLE = "application/vnd.pypi.simple.v1+json"  # PEP 691
LISTING = 64 << 20  # bytes of an index page
# pip itself reads its files, environment and defaults; so Headwater names no index and honours what the user has set
ASK_PIP = """
import json
from pip._internal.commands import create_command
options, _ = create_command("download").parse_args([])
print(json.dumps({"index": options.index_url or "", "certificates": options.cert or ""}))
"""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An address to try. `certificates` as in `download.download`."""

    url: str
    certificates: str = ""


class PipSettings(msgspec.Struct, frozen=True, kw_only=True):
    index: str
    certificates: str


def label(source: Source) -> str:
    """The origin in words that are the same on every machine."""
    match source:
        case Download():
            return source.uri
        case DebianPool():
            return f"debian-pool:{source.path}"
        case PyPI():
            return f"pypi:{source.project}"
        case OverlayOrigin():
            return "overlay"
        case Custom():
            return f"custom:{PurePosixPath(source.script).name}"
        case _:
            assert_never(source)


def locate(source: Source, filename: str) -> Place:
    """The address of a file at an origin. Raises Refused where there is none."""
    match source:
        case Download():
            return Place(url=source.uri)
        case DebianPool():
            return _in_pool(source.path)
        case PyPI():
            return _on_index(source.project, filename)
        case OverlayOrigin():
            raise Refused("made by archive overlays, not fetched")
        case Custom():
            raise Refused("made by a script, not fetched")
        case _:
            assert_never(source)


def _in_pool(path: str) -> Place:
    path = path.removeprefix("pool/")
    if not path.startswith("main/") or ".." in PurePosixPath(path).parts:
        raise Refused(f"`{path}` is no path below `pool/main/`")
    try:
        return Place(url=f"{_mirror()}pool/{quote(path)}")
    except Failure as failure:
        raise Refused(str(failure)) from None


def _on_index(project: str, filename: str) -> Place:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", project):
        raise Refused(f"`{project}` is no name of a project")
    pip = pip_settings()
    if not pip.index:
        raise Refused("pip's configuration names no index")
    name = re.sub(r"[-_.]+", "-", project).lower()  # PEP 503
    from headwater.upstream.download import get  # noqa: PLC0415 its HTTP client takes long to load

    page, address = get(f"{pip.index.rstrip('/')}/{name}/", accept=SIMPLE, most=LISTING, certificates=pip.certificates)
    return Place(url=urljoin(address, find_file(page, filename)), certificates=pip.certificates)


def find_file(page: bytes, filename: str) -> str:
    """The (possibly relative) address of a file in an index's answer, which is JSON of PEP 691. Raises Refused."""
    try:
        files = msgspec.json.decode(page, type=_Listing).files
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or without end
        raise Refused(f"the index does not answer as PEP 691 says ({error})") from None
    for file in files:
        if file.filename == filename:
            return file.url
    raise Refused(f"the index lists no `{filename}`")


@cache
def _mirror() -> str:
    return mirror()  # apt takes most of a second to answer


@cache
def pip_settings() -> PipSettings:
    """What this machine's pip would use. Raises Refused where there is no pip."""
    try:
        found = command.run([sys.executable, "-c", ASK_PIP])
    except Failure:
        raise Refused("pip is not in Headwater's Python, so its index is unknown") from None
    return msgspec.json.decode(found.stdout, type=PipSettings)


class _File(msgspec.Struct, frozen=True):
    filename: str
    url: str


class _Listing(msgspec.Struct, frozen=True):
    files: tuple[_File, ...]
