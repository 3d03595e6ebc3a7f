"""Extensions before they are disks: what they hold beyond their machine, where they may put it, whose they say they are."""

import msgspec
import pytest
from tests.unit.packages import rpm

from headwater.config.images import ExtensionRule, ExtensionScope, ImageKind, ImageRule
from headwater.errors import Failure, Kind
from headwater.image.extension import LOADER, beyond, narrow_root, solved_with
from headwater.image.model import Entry, Ids, Image, Root
from headwater.image.rootfs import Composed
from headwater.image.solve import Chosen

RULE = ImageRule(name="tools", kind=ImageKind.EXTENSION, extension=ExtensionRule(of="machine"))
IDS = Ids(users={"root": 0}, groups={"root": 0})
FILE, LINK, FOLDER = 0o100644, 0o120777, 0o040755


def chosen(*rpms):
    return [Chosen(rpm=one, reason="test") for one in rpms]


def test_it_is_solved_beside_its_machine_and_holds_what_that_lacks():
    below = (rpm("bash"), rpm("libc6"))
    assert {name for group in solved_with(RULE, below).packages for name in group.names} == {"bash", "libc6"}
    found = beyond(RULE, chosen(rpm("bash"), rpm("jq"), rpm("libc6")), below)
    assert [one.rpm.name for one in found] == ["jq"]


def test_two_versions_of_one_package_do_not_fit():
    with pytest.raises(Failure) as caught:
        beyond(RULE, chosen(rpm("libc6", "2"), rpm("jq")), (rpm("libc6", "1"),))
    (problem,) = caught.value.problems
    assert problem.kind is Kind.IMAGE
    assert "libc6-2" in problem.why
    assert "libc6-1" in problem.why


def test_other_images_are_solved_alone():
    rule = msgspec.structs.replace(RULE, kind=ImageKind.DISK)
    assert solved_with(rule, (rpm("bash"),)) is rule
    assert len(beyond(rule, chosen(rpm("bash")), (rpm("bash"),))) == 1


@pytest.fixture
def composed(store):
    def make(*entries: Entry) -> Composed:
        root = Root(entries=tuple(sorted(entries, key=lambda one: one.path)), ids=IDS, epoch=7)
        return Composed(root=root, index=store.add_bytes(msgspec.json.encode(root)))

    return make


@pytest.fixture
def machine(store, composed):
    def make(release: bytes, *more: str) -> Image:
        blob = store.add_bytes(release)
        said = Entry(path="/usr/lib/os-release", mode=FILE, size=blob.size, digest=blob.digest, pack=blob.digest, package="a")
        others = [Entry(path=path, mode=FILE, package="libc6") for path in more]
        index = composed(said, *others).index.digest
        return Image(name="machine", kind="disk", key="k", artefacts=(), packages=(), seconds=0, cached=False, index=index)

    return make


ALKI = b'NAME="Alki"\nID=alki\nVERSION_ID=0\nIMAGE_VERSION=3\n'
PROGRAM = Entry(path="/usr/bin/tool", mode=0o100755, package="tool")


def said(store, root: Root, path: str) -> str:
    entry = next(one for one in root.entries if one.path == path)
    return store.read(entry.digest).decode()


def test_it_says_whose_it_is(store, composed, machine):
    unit = Entry(path="/usr/lib/systemd/system/tool.service", mode=FILE, package="tool")
    skeleton = Entry(path="/etc/passwd", mode=FILE, package="made:sysusers")
    root = narrow_root(RULE, composed(PROGRAM, unit, skeleton), machine(ALKI), store).root
    words = said(store, root, "/usr/lib/extension-release.d/extension-release.tools").splitlines()
    assert words == ["ID=alki", "VERSION_ID=0", "ARCHITECTURE=x86-64", "SYSEXT_SCOPE=system", "EXTENSION_RELOAD_MANAGER=1"]
    assert {one.path for one in root.entries if one.path == "/" or not one.path.startswith("/usr")} == {"/"}


def test_configuration_goes_to_etc_alone(store, composed, machine):
    rule = msgspec.structs.replace(RULE, extension=ExtensionRule(of="machine", scope=ExtensionScope.ETC))
    made = Entry(path="/etc/tool.conf", mode=FILE, package="made:file")
    root = narrow_root(rule, composed(made), machine(ALKI), store).root
    assert "CONFEXT_SCOPE=system" in said(store, root, "/etc/extension-release.d/extension-release.tools")
    with pytest.raises(Failure, match="/usr/bin/tool"):
        narrow_root(rule, composed(made, PROGRAM), machine(ALKI), store)


def test_each_path_elsewhere_is_told(store, composed, machine):
    strangers = [Entry(path=path, mode=FILE, package="tool") for path in ("/etc/tool.conf", "/var/lib/tool")]
    with pytest.raises(Failure) as caught:
        narrow_root(RULE, composed(PROGRAM, *strangers), machine(ALKI), store)
    assert [(one.kind, one.what.split("`")[3]) for one in caught.value.problems] == [
        (Kind.IMAGE, "/etc/tool.conf"),
        (Kind.IMAGE, "/var/lib/tool"),
    ]


def test_libraries_have_a_name_where_the_loader_looks(store, composed, machine):
    library = Entry(path="/usr/lib64/libtool.so.1", mode=FILE, package="tool")
    plain = narrow_root(RULE, composed(library), machine(ALKI), store).root
    linked = narrow_root(RULE, composed(library), machine(ALKI, LOADER), store).root
    more = {one.path: one for one in linked.entries if one not in plain.entries}
    assert more["/usr/lib/x86_64-linux-gnu/libtool.so.1"].target == "../../lib64/libtool.so.1"
    assert set(more) == {"/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/libtool.so.1"}


def test_a_machine_that_does_not_say_what_it_is_takes_none(store, composed, machine):
    with pytest.raises(Failure, match="does not say what it is"):
        narrow_root(RULE, composed(PROGRAM), machine(b"NAME=x\n"), store)
