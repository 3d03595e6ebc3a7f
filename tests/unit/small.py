"""A small world made by hand: one built component with an overlay, one bridged package, one image."""

from pathlib import Path

import msgspec
import pytest

from headwater.build.model import BuiltPackage
from headwater.config.images import ImageKind, ImageRule
from headwater.config.model import Component, Distro, DistroRef, Project, ProjectRule, SourceFile
from headwater.config.workshop import BridgeRule, Fixup, MadeFile, NamedPackages
from headwater.digest import digest_bytes
from headwater.evidence import World
from headwater.image.model import Artefact, Entry, Ids, Image, Root
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.render.model import RenderedPackage
from headwater.repo.model import Channel, Repository
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox.debian import Deb
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

UPSTREAM = """Name: pigz
Version: 2.8
License: zlib License
%description
Gzip on all cores.
%files
/usr/bin/pigz
%doc README
"""
RENDERED = UPSTREAM.replace("zlib License", "Zlib").replace("/usr/bin/pigz", "%{_bindir}/pigz")


def at(file: str, line: int) -> Origin:
    return Origin(file=file, line=line)


def rpm(name: str, origin: str, component: str, licence_seed: str = "") -> Rpm:
    digest = digest_bytes(f"{name}{licence_seed}".encode())
    return Rpm(
        name=name,
        version="2.8",
        release="1",
        arch="x86_64",
        digest=digest,
        size=100,
        origin=origin,
        component=component,
        payload=digest_bytes(b"unsigned " + name.encode()),
    )


def header(package: Rpm, licence: str) -> Header:
    return Header(
        name=package.name,
        epoch=0,
        version=package.version,
        release=package.release,
        arch=package.arch,
        summary=f"The {package.name} package",
        description="",
        licence=licence,
        vendor="Alki Linux",
        url="https://example.org/",
        source_rpm="",
        build_time=1,
        build_host="headwater",
        installed_size=1,
        payload_digest="",
        signatures=1,
        scripts={},
        requires=(),
        provides=(),
        conflicts=(),
        obsoletes=(),
        recommends=(),
        suggests=(),
        supplements=(),
        enhances=(),
        files=(),
    )


def rendered() -> RenderedPackage:
    middle = UPSTREAM.replace("zlib License", "Zlib")
    steps = (
        (UPSTREAM, middle, "spec-set-tag", "SPDX name", 12),
        (middle, RENDERED, "spec-search-replace", "macros, not paths", 16),
    )
    changes = tuple(
        Change(
            kind=kind, description=said, where=at("pigz.toml", line), file="pigz.spec", before=old.encode(), after=new.encode()
        )
        for old, new, kind, said, line in steps
    )
    archive = Archive(digest="a" * 64, sha512="b" * 128, size=5, origin="pool")
    pin = Pin(kind="archive", name="pigz-2.8.tar.gz", digest="b" * 128, member="pigz-2.8/pigz.spec")
    tree = SourceTree(
        component="pigz",
        spec="pigz.spec",
        files={"pigz.spec": LooseFile(content=UPSTREAM.encode())},
        archives={"pigz-2.8.tar.gz": archive},
        pin=pin,
    )
    after = msgspec.structs.replace(tree, files={"pigz.spec": LooseFile(content=RENDERED.encode())})
    return RenderedPackage(component="pigz", upstream=tree, tree=after, changes=changes, digest="c" * 64)


def project(root: Path) -> Project:
    component = Component(
        name="pigz",
        description="parallel gzip",
        where=at("pigz.toml", 1),
        source_files=(SourceFile(filename="pigz-2.8.tar.gz", where=at("pigz.toml", 5)),),
    )
    shell = NamedPackages(names=("dash",), reason="scripts need a shell", where=at("bridge.toml", 3))
    links = Fixup(
        package="dash", links={"/usr/bin/sh": "dash"}, reason="update-alternatives would link it", where=at("bridge.toml", 9)
    )
    image = ImageRule(
        name="base",
        kind=ImageKind.OCI,
        where=at("base.toml", 1),
        packages=(NamedPackages(names=("pigz",), reason="layers are gzip", where=at("base.toml", 4)),),
        files=(MadeFile(path="/etc/motd", content="hi", reason="say hello", where=at("base.toml", 8)),),
    )
    bridge = BridgeRule(packages=(shell,), fixups=(links,))
    return Project(
        root=root,
        project=ProjectRule(default_distro=DistroRef(name="alki", version="0")),
        distros={"alki": Distro(vendor="Alki Linux")},
        components={"pigz": component},
        bridge=bridge,
        images={"base": image},
    )


def image(store: Store, packages: tuple[Rpm, ...]) -> Image:
    def file(path: str, content: bytes, package: str) -> Entry:
        blob = store.add_bytes(content)
        return Entry(path=path, mode=0o100755, size=blob.size, digest=blob.digest, pack=blob.digest, package=package)

    entries = (
        Entry(path="/bin", mode=0o120777, target="usr/bin", package="dash"),
        file("/etc/motd", b"hi", "made:file"),
        file("/usr/bin/dash", b"dash", "dash"),
        file("/usr/bin/pigz", b"pigz", "pigz"),
        Entry(path="/usr/bin/sh", mode=0o120777, target="dash", package="dash"),
        file("/usr/share/odd", b"", "pigz"),
    )
    index = store.add_bytes(msgspec.json.encode(Root(entries=entries, ids=Ids(users={}, groups={}), epoch=1)))
    artefact = Artefact(format="oci", path=Path("base"), digest="sha256:" + "d" * 64, size=7)
    return Image(
        name="base",
        kind="oci",
        key="e" * 64,
        artefacts=(artefact,),
        packages=packages,
        seconds=1.0,
        cached=False,
        reasons={"dash": "pigz needs it"},
        index=index.digest,
    )


@pytest.fixture
def small_world(tmp_path: Path) -> World:
    store = Store(tmp_path / "store")
    pigz, dash = rpm("pigz", "built", "pigz"), rpm("dash", "bridge", "dash")
    built = BuiltPackage(
        component="pigz",
        key="1" * 64,
        rpms=(pigz,),
        log="2" * 64,
        seconds=1.0,
        cached=False,
        reason="new",
        inputs={"archive/pigz-2.8.tar.gz": "a" * 64, "package/gcc": "3" * 64 + " gcc-15-1.x86_64"},
        action="4" * 64,
    )
    base = Channel(name="base", path=tmp_path / "base", packages=(dash, pigz), repomd="5" * 64)
    return World(
        project=project(tmp_path),
        store=store,
        rendered={"pigz": rendered()},
        built={"pigz": built},
        packages=(dash, pigz),
        debs={"dash": Deb(name="dash", version="0.5", arch="amd64", sha256="6" * 64, size=9, path="pool/main/d/dash/dash.deb")},
        repository=Repository(path=tmp_path, channels={"base": base}, fingerprint="7" * 40, digest="8" * 64),
        images={"base": image(store, (dash, pigz))},
        headers={pigz.digest: header(pigz, "Zlib"), dash.digest: header(dash, "BSD-3-Clause AND Odd Terms")},
    )
