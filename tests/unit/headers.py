"""Headers of packages that tests speak of, with files in them; no package file is behind them."""

import stat

from headwater.engine import digest_of_bytes
from headwater.rpm import Dependency, Header, PackageFile
from headwater.rpm.model import Rpm

REGULAR, LINK, FOLDER, DEVICE = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFCHR | 0o600
GHOST = 64


def dependencies(texts: tuple[str, ...]) -> tuple[Dependency, ...]:
    split = [text.split() if not text.startswith("(") else [text] for text in texts]
    return tuple(Dependency(words[0], *(words[1:] or ("", "")), 0) for words in split)


def file(path: str, mode: int = REGULAR, *, link: str = "", flags: int = 0, content: bytes = b"x") -> PackageFile:
    digest = digest_of_bytes(content).hash if stat.S_ISREG(mode) else ""
    return PackageFile(path, mode, "root", "root", len(content), digest, link, flags, 0, 1, "")


def package(
    name: str,
    *,
    version: str = "1",
    requires: tuple[str, ...] = (),
    provides: tuple[str, ...] = (),
    conflicts: tuple[str, ...] = (),
    files: tuple[PackageFile, ...] = (),
    origin: str = "bridge",
) -> tuple[Rpm, Header]:
    digest = digest_of_bytes(f"{name}{version}{origin}".encode()).hash
    rpm = Rpm(name=name, version=version, release="1", arch="x86_64", digest=digest, size=1, origin=origin, component=name)
    empty: dict[str, str] = dict.fromkeys(
        ("summary", "description", "licence", "vendor", "url", "source_rpm", "build_host", "payload_digest"), ""
    )
    lists: dict[str, tuple[Dependency, ...]] = dict.fromkeys(
        ("obsoletes", "recommends", "suggests", "supplements", "enhances"), ()
    )
    header = Header(
        name=name,
        epoch=0,
        version=version,
        release="1",
        arch="x86_64",
        build_time=0,
        installed_size=0,
        signatures=0,
        scripts={},
        requires=dependencies(requires),
        provides=dependencies(provides),
        conflicts=dependencies(conflicts),
        files=files,
        **empty,
        **lists,
    )
    return rpm, header
