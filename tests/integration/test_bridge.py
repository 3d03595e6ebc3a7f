"""Real Debian packages over the bridge, by the real rpmbuild, read back by the real rpm."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from headwater.bridge import bridge
from headwater.bridge.run import pack
from headwater.config.workshop import BridgeRule, Fixup
from headwater.errors import Failure, Kind
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox, debian, sandbox
from headwater.toolbox.debian import Deb

LOCK = Path(__file__).parents[2] / "distro" / "bridge.lock"
NAMES = ("libattr1", "netbase", "libattr1-dev", "python3-wheel")  # a library, data and modules for any machine, headers
FIXUP = Fixup(package="netbase", reason="a test", files={"/etc/hosts": "::1 localhost\n"}, provides=("setup",))
pytestmark = [pytest.mark.toolbox, pytest.mark.mirror]


@pytest.fixture(scope="module")
def debs(store: Store) -> tuple[Deb, ...]:
    lock = debian.read_lock(LOCK)
    assert lock
    found = tuple(one for one in lock.debs if one.name in NAMES)
    debian.fetch(found, store)
    return found


def fresh(place: Path, debs: tuple[Deb, ...], store: Store) -> Store:
    """A store that has the .debs and no result."""
    other = Store(place)
    for one in debs:
        other.add_file(store.path(one.sha256))
    return other


def query(rpm: Rpm, words: list[str], toolbox: Toolbox, store: Store) -> list[str]:
    binds = [sandbox.Bind(source=store.path(rpm.digest).parent, target="/mnt")]
    return sandbox.run(toolbox, ["rpm", "-qp", *words, f"/mnt/{rpm.digest}"], binds=binds).text.splitlines()


def test_packages_made_together_and_alone_are_the_same_bytes(
    debs: tuple[Deb, ...], toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    rule = BridgeRule(fixups=(FIXUP,))
    first = pack(debs, rule, toolbox, fresh(tmp_path / "1", debs, store), offline=True)
    alone = fresh(tmp_path / "2", debs, store)
    again = [
        rpm for one in debs for rpm in pack([one], BridgeRule(fixups=(FIXUP,) if one.name == "netbase" else ()), toolbox, alone)
    ]
    assert [rpm.name for rpm in first] == sorted(NAMES)
    assert {rpm.digest for rpm in first} == {rpm.digest for rpm in again}


def test_what_rpm_reads(debs: tuple[Deb, ...], toolbox: Toolbox, store: Store) -> None:
    made = {rpm.name: rpm for rpm in pack(debs, BridgeRule(fixups=(FIXUP,)), toolbox, store, offline=True)}
    library, data, headers = made["libattr1"], made["netbase"], made["libattr1-dev"]
    provides = query(library, ["--provides"], toolbox, store)
    sha256 = next(one.sha256 for one in debs if one.name == "libattr1")
    assert "libattr.so.1()(64bit)" in provides
    assert f"headwater(deb) = {sha256}" in provides
    assert any(line.startswith("libc6 >= ") for line in query(library, ["--requires"], toolbox, store))
    assert any(line.startswith("pkgconfig(libattr) = ") for line in query(headers, ["--provides"], toolbox, store))
    assert f"libattr1 = {library.epoch}:{library.version}-{library.release}" in query(headers, ["--requires"], toolbox, store)
    assert query(data, ["--qf", "%{VENDOR}|%{ARCH}|%{BUILDHOST}|%{SOURCERPM}"], toolbox, store) == [
        f"Debian, bridged by Headwater|noarch|bridge|netbase-{data.version}-{data.release}.src.rpm"
    ]
    assert {"/etc/hosts", "/etc/services", "/etc/rpc"} <= set(query(data, ["--configfiles"], toolbox, store))
    assert query(data, ["--licensefiles"], toolbox, store) == ["/usr/share/doc/netbase/copyright"]


def test_a_second_run_only_looks_up(debs: tuple[Deb, ...], toolbox: Toolbox, store: Store, tmp_path: Path) -> None:
    other = fresh(tmp_path, debs, store)
    first = pack(debs, BridgeRule(), toolbox, other, offline=True)
    nowhere = msgspec.structs.replace(toolbox, root=tmp_path / "no-toolbox")
    assert pack(debs, BridgeRule(), nowhere, other, offline=True) == first


def test_a_fixup_that_finds_nothing_stops_the_bridge(debs: tuple[Deb, ...], toolbox: Toolbox, store: Store) -> None:
    rule = BridgeRule(fixups=(FIXUP, Fixup(package="netbase", reason="a test", remove=("/usr/none",))))
    with pytest.raises(Failure) as caught:
        pack(debs, rule, toolbox, store, offline=True)
    assert caught.value.kind is Kind.CONFIG


def test_a_lock_for_other_packages_is_refused(toolbox: Toolbox, store: Store) -> None:
    suite = tomllib.loads((LOCK.parent / "bridge.toml").read_text())["bridge"]["suite"]
    with pytest.raises(Failure) as caught:
        bridge(BridgeRule(suite=suite), LOCK.parent, toolbox, store, offline=True)
    assert caught.value.kind is Kind.CONFIG
