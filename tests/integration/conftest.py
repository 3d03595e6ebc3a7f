"""Small packages made by the toolbox's rpmbuild, keys to sign them with, and the distribution's own project and repository."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from tests.integration.building import Site

from headwater import factory
from headwater.bridge import bridge
from headwater.config import load
from headwater.engine import open_engine
from headwater.repo.model import Repository
from headwater.request import Request
from headwater.rpm.model import Rpm
from headwater.sign import open_key, sign_packages
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox, sandbox

SPEC = """Name: {name}
Version: 1.0
Release: 1
Summary: A small package
License: MIT
BuildArch: noarch
{tags}
%description
For tests.
%install
mkdir -p %{{buildroot}}/usr/share/{name} %{{buildroot}}/usr/bin
echo {name} > %{{buildroot}}/usr/share/{name}/file
echo {name} > %{{buildroot}}/usr/bin/{name}
%files
/usr/bin/{name}
/usr/share/{name}
"""
SMALL = {
    "alpha": "Requires: beta >= 1.0",
    "beta": "",
    "gamma": "Requires: (beta or nothing)\nRequires: /usr/bin/alpha",
    "deep": "Requires: /usr/share/alpha/file",
    "lonely": "Requires: libdelta.so.1\nRequires: betta",
    "rich": "Requires: (alpha and missing)",
    "enemy": "Requires: alpha\nConflicts: beta",
}
BUILD = (
    'cd /tmp/out; for spec in *.spec; do rpmbuild --quiet -ba --dbpath /tmp/db -D "_topdir /tmp/b" -D "_rpmdir /tmp/out" '
    '-D "_srcrpmdir /tmp/out" -D "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" $spec; done'
)

DISTRO = Path(__file__).parents[2] / "distro"
OTHERS = ["docker-registry", "openssh-client", "podman", "python3", "rsync"]


@pytest.fixture(scope="session")
def box(store: Store) -> Toolbox:
    """A toolbox with programs of others for tests alone: a registry, what people fetch images with, what tmt starts."""
    return open_toolbox("forky", OTHERS, Path(__file__).with_name("box.lock"), store)


@pytest.fixture(scope="session")
def asked(store, tmp_path_factory) -> Request:
    """The distribution's project, whose results go to a folder of the test's."""
    project = load(DISTRO)
    said = msgspec.structs.replace(project.project, output_dir=str(tmp_path_factory.mktemp("out")))
    return Request(project=msgspec.structs.replace(project, project=said), store=store)


@pytest.fixture(scope="session")
def repository(asked) -> Repository:
    return factory.whole_repository(asked)


@pytest.fixture(scope="session")
def small_rpms(toolbox: Toolbox, store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rpm]:
    """Unsigned packages by name; `NAME.src` are the source packages."""
    folder = tmp_path_factory.mktemp("rpms")
    for name, tags in SMALL.items():
        (folder / f"{name}.spec").write_text(SPEC.format(name=name, tags=tags))
    env = {"SOURCE_DATE_EPOCH": "1767225600"}
    sandbox.run(toolbox, ["sh", "-ec", BUILD], binds=[sandbox.Bind(source=folder, target="/tmp/out", writable=True)], env=env)
    found = [_rpm(path, store) for path in sorted(folder.glob("*.rpm"))]
    return {f"{rpm.name}.src" if rpm.arch == "src" else rpm.name: rpm for rpm in found}


@pytest.fixture(scope="session")
def key(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Key:
    return open_key(tmp_path_factory.mktemp("project") / "keys", "Test packages", toolbox)


@pytest.fixture(scope="session")
def other_key(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Key:
    return open_key(tmp_path_factory.mktemp("other") / "keys", "Somebody else", toolbox)


@pytest.fixture(scope="session")
def signed(small_rpms: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store) -> dict[str, Rpm]:
    made = sign_packages(list(small_rpms.values()), key, toolbox, store)
    return dict(zip(small_rpms, made, strict=True))


@pytest.fixture
def tamper(store: Store) -> Callable[[Rpm, int], Rpm]:
    """The same package with one bit of its file turned over, at an offset (negative: from the end)."""

    def turn(rpm: Rpm, offset: int) -> Rpm:
        content = bytearray(store.read(rpm.digest))
        content[offset] ^= 1
        return msgspec.structs.replace(rpm, digest=store.add_bytes(bytes(content)).digest)

    return turn


def _rpm(path: Path, store: Store) -> Rpm:
    name, version, rest = path.name.rsplit("-", 2)
    release, arch, _ = rest.rsplit(".", 2)
    blob = store.add_file(path)
    return Rpm(
        name=name,
        version=version,
        release=release,
        arch=arch,
        digest=blob.digest,
        size=blob.size,
        origin="built",
        component=name,
    )


@pytest.fixture(scope="module")
def shared_site(store: Store, toolbox: Toolbox) -> Iterator[Site]:
    project = load(DISTRO / "headwater.toml")
    bridged = bridge(project.bridge, project.root, toolbox, store)
    with open_engine(store, toolbox) as engine:
        yield Site(project, bridged, engine, toolbox, store)


@pytest.fixture
def site(shared_site: Site) -> Site:
    shared_site.checked = []
    return shared_site


@pytest.fixture
def place() -> str:
    """What names a project in a line: one that no run before has built in, for the store remembers last builds by it."""
    return uuid4().hex
