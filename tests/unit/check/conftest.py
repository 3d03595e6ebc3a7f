"""Headers in a few words."""

import stat
from collections.abc import Callable

import pytest

from headwater.rpm import Dependency, Header, PackageFile
from headwater.rpm.model import Rpm


@pytest.fixture
def file() -> Callable[..., PackageFile]:
    def make(path: str, mode: int = 0o644, **more: object) -> PackageFile:
        kind = more.pop("kind", stat.S_IFREG)
        usual = {"user": "root", "group": "root", "size": 1, "digest": "a", "link": "", "flags": 0, "mtime": 0, "inode": 1}
        return PackageFile(path=path, mode=kind | mode, **{**usual, "caps": "", **more})

    return make


@pytest.fixture
def header() -> Callable[..., Header]:
    def make(
        name: str = "small", files: tuple[PackageFile, ...] = (), requires: tuple[str, ...] = (), **more: object
    ) -> Header:
        words = dict.fromkeys(("summary", "description", "vendor", "url", "source_rpm", "build_host", "payload_digest"), "")
        lists = dict.fromkeys(("obsoletes", "conflicts", "recommends", "suggests", "supplements", "enhances"), ())
        numbers = dict.fromkeys(("epoch", "build_time", "installed_size", "signatures"), 0)
        usual = {"version": "1", "release": "1", "arch": "x86_64", "licence": "MIT", "scripts": {}, "provides": ()}
        needs = tuple(Dependency(one, "", "", 0) for one in requires)
        return Header(name=name, files=files, requires=needs, **{**words, **lists, **numbers, **usual, **more})

    return make


@pytest.fixture
def rpm() -> Callable[..., Rpm]:
    def make(name: str, origin: str = "built") -> Rpm:
        return Rpm(
            name=name, version="1", release="1", arch="x86_64", digest=name, size=1, origin=origin, component=f"{name}-source"
        )

    return make
