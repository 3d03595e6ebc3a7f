"""A plan says of an image what goes in, why, and whether anything has to be done for it."""

from pathlib import Path
from typing import Any, cast

import pytest

from headwater.config.images import (
    Check,
    Definition,
    DiskRule,
    Finisher,
    ImageKind,
    ImageRule,
    Removal,
    UserRule,
)
from headwater.config.workshop import MadeFile, NamedPackages
from headwater.image.model import Image
from headwater.image.plan import Plan, plan_image, plan_images
from headwater.image.solve import Chosen
from headwater.rpm.model import Rpm
from headwater.store import Store

RULE = ImageRule(
    name="vm",
    kind=ImageKind.DISK,
    exclude=(NamedPackages(names=("vim", "nano"), reason="no editors"),),
    remove=(Removal(paths=("/usr/share/man", "/usr/share/info"), reason="nobody reads"),),
    files=(MadeFile(path="/etc/motd", content="hi\n", reason="kind"),),
    users=(UserRule(name="alki", uid=1000, reason="not root"),),
    finishers=(Finisher(name="ldconfig", reason="the loader"),),
    units=("sshd.service",),
    disk=DiskRule(formats=("qcow2",), initrd="initrd"),
    checks=(Check(name="boots", command="true", reason="what it is for"),),
)


def rpm(name: str, version: str = "1") -> Rpm:
    return Rpm(
        name=name, version=version, release="1", arch="noarch", digest=name + version, size=1, origin="built", component=name
    )


def last(key: str, *packages: Rpm) -> Image:
    return Image(name="vm", kind="disk", key=key, artefacts=(), packages=packages, seconds=0, cached=False)


def planned(*packages: Rpm, **more: Any) -> Plan:
    chosen = [Chosen(rpm=one, reason=f"wants {one.name}") for one in packages]
    return plan_image(RULE, chosen, "key", **{"kept": False, "last": None, **more})


def test_everything_has_its_reason() -> None:
    plan = planned(rpm("jq"))
    assert [(one.rpm.name, one.reason) for one in plan.packages] == [("jq", "wants jq")]
    assert [(one.what, one.name) for one in plan.details] == [
        ("exclude", "vim, nano"),
        ("remove", "/usr/share/man"),
        ("remove", "/usr/share/info"),
        ("file", "/etc/motd"),
        ("user", "alki"),
        ("finisher", "ldconfig"),
        ("unit", "sshd.service"),
        ("initrd", "initrd"),
        ("check", "boots"),
    ]
    assert all(one.reason for one in plan.details)
    assert plan.formats == ("qcow2", "raw", "uki")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, "new"),
        ({"kept": True}, "kept"),
        ({"last": last("other", rpm("jq"))}, "moved"),
        ({"last": last("other", rpm("jq")), "kept": True}, "kept"),
        ({"last": last("key", rpm("jq"))}, "made"),
    ],
)
def test_status_says_what_is_to_be_done(more: dict[str, Any], status: str) -> None:
    assert planned(rpm("jq"), **more).status == status


def test_what_moved_is_told_by_name() -> None:
    plan = planned(rpm("jq", "2"), rpm("new"), last=last("other", rpm("jq"), rpm("old")))
    assert [(one.name, one.change) for one in plan.moved] == [("jq", "updated"), ("new", "added"), ("old", "removed")]
    assert plan.reason == "3 packages moved: jq 1-1 -> 2-1, new added, old removed"
    many = planned(*(rpm(name) for name in "abcde"), last=last("other"))
    assert many.reason == "5 packages moved: a added, b added, c added and 2 more"


def test_without_a_moved_package_it_is_something_else() -> None:
    plan = planned(rpm("jq"), last=last("other", rpm("jq")))
    assert plan.moved == ()
    assert "packages are the same" in plan.reason


def test_an_image_of_another_tool_is_no_work(tmp_path: Path, store: Store) -> None:
    rule = ImageRule(name="theirs", definition=Definition(type="kiwi", path="x.kiwi"))
    nobody = cast("Any", None)
    (plan,) = plan_images([rule], project=nobody, packages=[], toolbox=nobody, store=store, output=tmp_path)
    assert (plan.kind, plan.packages, plan.formats) == ("kiwi", (), ())
