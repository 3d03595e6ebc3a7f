"""Who does what a scriptlet would have done: a finisher, systemd, a fix-up, a word of somebody, or nobody."""

import pytest

from headwater.config.images import Finisher, ImageKind, ImageRule
from headwater.config.workshop import BridgeRule, Fixup, NamedPackages
from headwater.errors import Failure, Kind
from headwater.image.deeds import Deed
from headwater.image.scriptlets import check_scriptlets, read_scriptlets
from headwater.origin import Origin
from headwater.rpm.model import Rpm

FIXUP = Fixup(package="sudo", modes={"/etc/sudoers": "0440"}, reason="its postinst closes it")
NAMES = Fixup(package="sudo", provides=("su",), reason="Fedora's name")
HERE = Origin(file="vm.toml", line=9, key="images.vm.scriptlets")
THERE = Origin(file="base.toml", line=9, key="images.base.scriptlets")


def rpm(name):
    return Rpm(name=name, version="1", release="1", arch="noarch", digest="d", size=1, origin="bridge", component=name)


def read(script, *, rule=None, bridge=BridgeRule(), packages=("sudo",)):
    rule = rule or ImageRule(name="vm", kind=ImageKind.DISK)
    return read_scriptlets(rule, bridge, [rpm(name) for name in packages], {"sudo": {"postinst": script}})


def by(script, **more):
    (one,) = read(script, **more)
    return one.by


def test_a_finisher_does_it_where_the_image_has_it():
    rule = ImageRule(name="vm", kind=ImageKind.DISK, finishers=(Finisher(name="hwdb", reason="test"),))
    assert "`hwdb`" in by("systemd-hwdb update", rule=rule)
    assert by("systemd-hwdb update") == ""


def test_units_are_systemds_where_it_is():
    assert "first start" in by("systemctl enable a", packages=("sudo", "systemd"))
    assert "no systemd" in by("systemctl enable a")


def test_a_fixup_counts_if_it_does_something_to_files():
    assert FIXUP.reason in by("chmod 440 /etc/sudoers", bridge=BridgeRule(fixups=(NAMES, FIXUP)))
    assert by("chmod 440 /etc/sudoers", bridge=BridgeRule(fixups=(NAMES,))) == ""


def test_a_word_of_somebody_counts_for_all_deeds_of_a_package():
    word = NamedPackages(names=("su*",), reason="nobody uses it")
    assert by("unheard", bridge=BridgeRule(scriptlets=(word,))) == "nobody uses it"


def test_what_nobody_accounts_for_is_told_all_at_once():
    with pytest.raises(Failure) as failure:
        check_scriptlets(ImageRule(name="vm", where=HERE), read("chmod 1 x; unheard --of"))
    first, second = failure.value.problems
    assert (first.kind, first.where) == (Kind.IMAGE, HERE)
    assert "`sudo`" in first.what
    assert "unheard" in second.why
    assert "postinst" in second.why


def test_an_own_word_for_nothing_is_out_of_date():
    words = (
        NamedPackages(names=("sudo", "gone"), reason="r", where=HERE),
        NamedPackages(names=("left",), reason="inherited", where=THERE),
    )
    rule = ImageRule(name="vm", scriptlets=words)
    with pytest.raises(Failure) as failure:
        check_scriptlets(rule, read("unheard", rule=rule))
    (problem,) = failure.value.problems
    assert problem.where == HERE
    assert "`gone`" in problem.what


def test_scriptlets_that_do_nothing_need_nobody():
    assert read("set -e\nexit 0\n") == ()
    assert [one.deed for one in read("py3compile -p x")] == [Deed.BYTECODE]
