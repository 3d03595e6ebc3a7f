"""Images made by a user who is not root: with and without ids of other users to give files to."""

import os
import shutil
from collections.abc import Iterator

import pytest
from tests.integration.ordinary import NAME, USER, Somebody, somebody

from headwater.config.images import ImageKind, ImageRule, UserRule
from headwater.config.model import Distro, DistroRef, Project, ProjectRule
from headwater.config.workshop import NamedPackages
from headwater.digest import digest_file
from headwater.image.again import Again, Part, encode
from headwater.image.reproduce import START
from headwater.image.verbs import NOTE, build_image
from headwater.sign.model import NOBODY
from headwater.toolbox import Toolbox

pytestmark = [pytest.mark.toolbox, pytest.mark.root]
FIRST = 700_000  # of the ids that he may give away
# what kiwi's sandbox does: owners as packages have them, and everything taken away again
GIVE = """
import sys
from pathlib import Path
from headwater.errors import Failure
from headwater.toolbox import Toolbox, sandbox

here = Path(sys.argv[1])
box = Toolbox(root=here / "toolbox", key="")
bind = sandbox.Bind(source=here / "store", target="/tmp/o", writable=True)
def run(*words):
    return sandbox.run(box, words, binds=[bind], many_ids=True).text
try:
    run("sh", "-ec", "touch /tmp/o/given && chown 42:65534 /tmp/o/given")
    status = (here / "store/given").stat()
    print(status.st_uid, status.st_gid, run("stat", "-c", "%u %g", "/tmp/o/given"))
    run("rm", "/tmp/o/given")
except Failure as failure:
    (problem,) = failure.problems
    print(failure.kind.name, problem.hint)
"""


@pytest.fixture(scope="module")
def he(toolbox) -> Iterator[Somebody]:
    with somebody(toolbox) as made:
        yield made


def test_he_makes_the_same_images(he, small_rpms, toolbox, store, tmp_path):
    """Files of other users are in them all the same: owners are data, and nobody gives anything away."""
    packages = tuple(small_rpms[name] for name in ("alpha", "beta"))
    users = (UserRule(name="alki", uid=1000, home="/home/alki", reason="has a folder"),)
    named = (NamedPackages(names=("alpha",), reason="test"),)
    rules = [ImageRule(name=one.value, kind=one, packages=named, users=users) for one in (ImageKind.OCI, ImageKind.INITRD)]
    project = Project(
        root=he.place,
        project=ProjectRule(default_distro=DistroRef(name="small", version="1")),
        distros={"small": Distro(default_version="1")},
    )
    for rule in rules:
        known = {"project": project, "packages": packages, "toolbox": toolbox, "store": store, "images": {}}
        build_image(rule, **known, verify=lambda _: None, output=tmp_path)
    for rpm in packages:
        blob = he.place / "store/blobs" / rpm.digest[:2] / rpm.digest
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.path(rpm.digest), blob)
    for folder in (he.place / "store/blobs").glob("**/"):
        os.chown(folder, USER, USER)
    wanted = Again(
        parts=tuple(Part(rule=rule, packages=packages) for rule in rules),
        root=project.root,
        settings=project.project,
        distros=project.distros,
        policy=project.policy,
        toolbox=Toolbox(root=he.place / "toolbox", key="his"),
        trust=NOBODY,
        store=he.place / "store",
        output=he.place / "store/images",
    )
    he.run(START, stdin=encode(wanted))
    assert len(digests(tmp_path)) > len(rules)
    assert digests(tmp_path) == digests(he.place / "store/images")
    assert (he.place / "store/images").stat().st_uid == USER


def digests(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != NOTE)
    return {str(path.relative_to(folder)): digest_file(path) for path in files}


def test_with_ids_of_others_he_gives_files_away(he):
    said = he.run(GIVE, he.place, given=f"{NAME}:{FIRST}:65536").text.split()
    assert [int(word) for word in said] == [FIRST + 41, FIRST + 65533, 42, 65534]


@pytest.mark.parametrize("given", ["", "other:100000:65536", f"{NAME}:none:65536"])
def test_without_them_he_is_told_how_to_get_some(he, given):
    kind, *hint = he.run(GIVE, he.place, given=given).text.split()
    assert kind == "TOOL"
    assert hint[:2] == ["sudo", "usermod"]
    assert hint[-1] == NAME
