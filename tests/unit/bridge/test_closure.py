"""Which packages are needed once some are excluded."""

from headwater.bridge.closure import needed, wishes
from headwater.bridge.run import batches
from headwater.config.workshop import BridgeRule, Fixup, NamedPackages
from headwater.toolbox.debian import Deb


def deb(name: str, size: int = 1, arch: str = "amd64") -> Deb:
    return Deb(name=name, version="1-1", arch=arch, sha256="ab" * 32, size=size, path=f"pool/{name}.deb")


def names(fields: dict[str, dict[str, str]], excluded: set[str] | None = None, fixups: tuple[Fixup, ...] = ()) -> list[str]:
    told = {deb(name): {"package": name, "version": "1-1", **own} for name, own in fields.items()}
    return [one.name for one in needed(["a"], frozenset(excluded or set()), BridgeRule(fixups=fixups), told)]


def test_what_only_an_excluded_package_needs_stays_away() -> None:
    fields = {
        "a": {"depends": "debconf | debconf-2.0, b"},
        "b": {},
        "debconf": {"depends": "perl", "provides": "debconf-2.0"},
        "perl": {},
    }
    assert names(fields, {"debconf", "debconf-2.0"}) == ["a", "b"]


def test_another_alternative_takes_the_place_of_an_excluded_one() -> None:
    fields = {"a": {"depends": "gnupg | gpg"}, "gnupg": {"depends": "gpg, dirmngr"}, "gpg": {}, "dirmngr": {}}
    assert names(fields, {"gnupg"}) == ["a", "gpg"]


def test_a_virtual_name_brings_its_provider() -> None:
    assert names({"a": {"pre-depends": "awk"}, "gawk": {"provides": "awk"}}) == ["a", "gawk"]


def test_fixups_add_and_take_away() -> None:
    rules = (Fixup(package="a", reason="a test", requires=("c >= 1",), drop_requires=("b",)),)
    assert names({"a": {"depends": "b"}, "b": {}, "c": {}}, fixups=rules) == ["a", "c"]


def test_circles_end() -> None:
    assert names({"a": {"depends": "b"}, "b": {"depends": "a"}}) == ["a", "b"]


def test_wishes_are_sorted_and_once() -> None:
    wanted = (NamedPackages(names=("b", "a"), reason="1"), NamedPackages(names=("a",), reason="2"))
    assert wishes(wanted, ()) == (("a", "b"), ())


def test_batches_keep_architectures_apart_and_lose_nothing() -> None:
    debs = [deb(f"p{number}", size=number << 20, arch="all" if number % 3 else "amd64") for number in range(20)]
    groups = batches(debs)
    assert sorted(one.name for group in groups for one in group) == sorted(one.name for one in debs)
    assert all(len({one.arch for one in group}) == 1 for group in groups)
    assert batches([]) == []
