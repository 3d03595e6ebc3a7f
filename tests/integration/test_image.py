"""Images of small real packages: composed by rpm's and systemd's own tools, read by skopeo, the same bytes from two stores."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
import zstandard

from headwater.config.images import (
    Check,
    DiskRule,
    Finisher,
    ImageKind,
    ImageRule,
    IsoRule,
    OciRule,
    Removal,
    UserRule,
    WslRule,
)
from headwater.config.model import Distro, DistroRef, Project, ProjectRule
from headwater.config.policy import Allowed, Demand, Level, Policy
from headwater.config.workshop import MadeFile, NamedPackages
from headwater.errors import Failure, Kind, fail
from headwater.image.machine import Machine
from headwater.image.model import Image
from headwater.image.screen import PNG
from headwater.image.solve import choose
from headwater.image.verbs import Scripts, boot, build_image, check_image, with_images
from headwater.rpm import headers, read_headers, rpm_of
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

pytestmark = pytest.mark.toolbox
DISTRO = Path(__file__).parents[2] / "distro"
PROJECT = Project(
    root=Path("/nowhere"),
    project=ProjectRule(default_distro=DistroRef(name="small", version="1")),
    distros={"small": Distro(default_version="1")},
)
SPEC = """
Name: {name}
Version: 1
Release: 1
Summary: A small package
License: Apache-2.0
BuildArch: noarch
{tags}
%description
Small.
%install
mkdir -p %{{buildroot}}/usr/share/{name} %{{buildroot}}/usr/lib/sysusers.d %{{buildroot}}/var/lib/{name}
echo '{text}' > %{{buildroot}}{file}
echo 'u {name} - "{name}"' > %{{buildroot}}/usr/lib/sysusers.d/{name}.conf
%files
{attributes} {file}
/usr/lib/sysusers.d/{name}.conf
%dir %attr(2750,root,{name}) /var/lib/{name}
{scripts}
"""
SCRIPTS = "%post -p /sbin/ldconfig\n%posttrans -p <lua>\nprint(1)\n%pre\nmkdir -p /srv/x\n"

Build = Callable[..., Image]


@pytest.fixture(scope="session")
def packages(toolbox: Toolbox, store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rpm]:
    """`one` needs `two`; `clash` brings `two`'s file with other words; `lone` needs what nobody has;
    `scripted` does things when it is installed.
    """
    work = tmp_path_factory.mktemp("specs")
    specs = {
        "one": {"tags": "Requires: two", "attributes": "%attr(4755,root,one) %caps(cap_net_raw=ep)"},
        "two": {"file": "/usr/share/two/text"},
        "clash": {"file": "/usr/share/two/text", "text": "other words"},
        "lone": {"tags": "Requires: nothing-has-this"},
        "scripted": {"tags": "Provides: /bin/sh, /sbin/ldconfig", "scripts": SCRIPTS},
    }
    for name, more in specs.items():
        fields = {
            "name": name,
            "tags": "",
            "text": name,
            "attributes": "",
            "scripts": "",
            "file": f"/usr/share/{name}/text",
            **more,
        }
        text = SPEC.format(**fields)
        if name == "clash":
            text = text.replace("mkdir -p", "mkdir -p %{buildroot}/usr/share/two")
        (work / f"{name}.spec").write_text(text)
    sandbox.run(
        toolbox,
        ["sh", "-ec", "cd /tmp/work; for spec in *.spec; do rpmbuild -bb --quiet --define '_topdir /tmp/work' $spec; done"],
        binds=[sandbox.Bind(source=work, target="/tmp/work", writable=True)],
        env={"SOURCE_DATE_EPOCH": "1760000000"},
    )
    blobs = [store.add_file(file) for file in sorted(work.rglob("*.rpm"))]
    found = read_headers({blob.digest: "small" for blob in blobs}, toolbox, store)
    made = (rpm_of(found[blob.digest], blob, origin="built") for blob in blobs)
    return {rpm.name: rpm for rpm in made}


@pytest.fixture
def build(packages: dict[str, Rpm], toolbox: Toolbox, store: Store, tmp_path: Path) -> Build:
    def make(
        rule: ImageRule,
        into: Store = store,
        verify: Callable[[Sequence[Rpm]], None] = lambda _: None,
        place: str = "out",
        images: Sequence[Image] = (),
    ) -> Image:
        if into is not store:
            for rpm in packages.values():
                into.add_file(store.path(rpm.digest))
        return build_image(
            rule,
            project=PROJECT,
            packages=tuple(packages.values()),
            verify=verify,
            toolbox=toolbox,
            store=into,
            output=tmp_path / place,
            images={image.name: image for image in images},
            scripts=Scripts(
                source="",
                read=lambda rpms: {
                    rpm.name: header.scripts for rpm, header in zip(rpms, headers(rpms, toolbox, into), strict=True)
                },
            ),
        )

    return make


def rule(*names: str, **more: object) -> ImageRule:
    asked = NamedPackages(names=names, reason="the test asks")
    return msgspec.structs.replace(ImageRule(name="small", kind=ImageKind.OCI, packages=(asked,)), **more)


def test_closes_over_dependencies_and_says_why(packages, toolbox, store):
    chosen = choose(rule("one"), tuple(packages.values()), toolbox, store)
    assert [(each.rpm.name, each.reason) for each in chosen] == [("one", "the test asks"), ("two", "required by one")]


@pytest.fixture
def little_room(tmp_path):
    """A folder with 16 KiB of room."""
    place = tmp_path / "out"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.root
def test_where_there_is_no_room_there_is_no_half_image(build, little_room):
    with pytest.raises(Failure) as failure:
        build(rule("one"), place=little_room.name)
    assert failure.value.kind is Kind.STORE
    assert "No space left" in failure.value.problems[0].why
    assert list(little_room.iterdir()) == []


def test_a_dependency_that_nobody_has_is_told(packages, toolbox, store):
    with pytest.raises(Failure) as failure:
        choose(rule("lone"), tuple(packages.values()), toolbox, store)
    assert failure.value.kind is Kind.IMAGE
    assert "nothing-has-this" in failure.value.problems[0].why


def test_a_name_that_nobody_has_is_told_with_the_nearest(packages, toolbox, store):
    with pytest.raises(Failure) as failure:
        choose(rule("onee"), tuple(packages.values()), toolbox, store)
    assert "`one`" in failure.value.problems[0].why


def test_an_image_as_skopeo_and_tar_see_it(build, toolbox):
    users = (UserRule(name="alki", uid=1000, home="/home/alki", reason="not root"),)
    made = build(rule("one", users=users, oci=OciRule(user="alki"), hostname="small"))
    oci = made.artefact("oci")
    bind = sandbox.Bind(source=oci.path, target="/tmp/oci")
    seen = sandbox.run(toolbox, ["skopeo", "inspect", "oci:/tmp/oci"], binds=[bind]).text
    assert msgspec.json.decode(seen)["Digest"] == oci.digest
    members = members_of(oci.path)
    one = members["usr/share/one/text"]
    assert one.mode == 0o4755
    assert "SCHILY.xattr.security.capability" in one.pax_headers
    assert one.gid == members["var/lib/one"].gid != 0
    assert members["var/lib/one"].mode == 0o2750
    assert (members["home/alki"].uid, members["home/alki"].mode) == (1000, 0o700)
    assert "var/lib/rpm/rpmdb.sqlite" in members


def test_scanners_see_every_package(build, toolbox, store):
    asked = Check(
        name="q", command="rpm --root /tmp/root -qa | sort", match="(?s)one-1.*two-1", toolbox=True, reason="scanners"
    )
    table = rule("one", checks=(asked,))
    answer, *_ = check_image(build(table), table, policy=Policy(), toolbox=toolbox, store=store, log=Path("unused"))
    assert answer.passed, answer.output


def test_the_same_bytes_from_another_store(build, tmp_path):
    asked = rule("one", finishers=(Finisher(name="ldconfig", reason="test"),))
    one, two = build(asked), build(asked, Store(tmp_path / "other"), place="other-out")
    assert not two.cached
    assert one.artefact("oci").digest == two.artefact("oci").digest


def test_a_second_run_changes_nothing(build):
    first = build(rule("two"))
    stamp = first.artefact("oci").path.stat().st_mtime_ns
    second = build(rule("two"))
    assert second.cached
    assert second.artefact("oci").path.stat().st_mtime_ns == stamp
    assert second.artefacts == first.artefacts


def test_two_packages_with_one_path_make_no_image(build, tmp_path):
    with pytest.raises(Failure) as failure:
        build(rule("two", "clash"))
    assert "`/usr/share/two/text`" in failure.value.problems[0].what
    assert not (tmp_path / "out" / "small").exists()


def test_a_package_that_is_not_signed_makes_no_image(build, tmp_path):
    def verify(rpms: Sequence[Rpm]) -> None:
        raise fail(Kind.SIGNATURE, f"`{rpms[0].name}` is not signed")

    with pytest.raises(Failure) as failure:
        build(rule("two"), Store(tmp_path / "other"), verify)
    assert failure.value.kind is Kind.SIGNATURE
    assert not (tmp_path / "out" / "small").exists()


def test_removed_and_made_files(build):
    made = build(
        rule(
            "two",
            remove=(Removal(paths=("/usr/share/two",), reason="test"),),
            files=(MadeFile(path="/etc/motd", content="hello\n", reason="test"),),
        )
    )
    members = members_of(made.artefact("oci").path)
    assert "usr/share/two/text" not in members
    assert members["etc/motd"].size == 6


def test_what_scriptlets_do_and_nobody_does_instead_makes_no_image(build):
    with pytest.raises(Failure) as failure:
        build(rule("scripted"))
    assert failure.value.kind is Kind.IMAGE
    files, other = failure.value.problems
    assert "mkdir in its prein" in files.why
    assert "<lua>" in other.why
    spoken = NamedPackages(names=("scripted",), reason="the test wants neither")
    assert build(rule("scripted", scriptlets=(spoken,))).packages


WIDE = MadeFile(path="/usr/bin/become", content="#!/bin/sh\n", mode="4777", reason="test")


def test_what_the_policy_does_not_want_keeps_the_image_from_its_place(build, tmp_path):
    with pytest.raises(Failure) as failure:
        build(rule("two", files=(WIDE,), policy=Policy(setuid=Level.ERROR)))
    assert failure.value.kind is Kind.IMAGE
    assert ["/usr/bin/become" in problem.what for problem in failure.value.problems] == [True, True]
    assert not (tmp_path / "out" / "small").exists()


def test_an_image_that_was_made_before_is_held_to_a_new_policy(build):
    allowed = tuple(
        Allowed(demand=demand, names=(WIDE.path,), reason="test") for demand in (Demand.SETUID, Demand.WORLD_WRITABLE)
    )
    build(rule("two", files=(WIDE,), policy=Policy(allow=allowed)))
    assert build(rule("two", files=(WIDE,), policy=Policy(allow=allowed))).cached
    with pytest.raises(Failure) as failure:
        build(rule("two", files=(WIDE,), policy=Policy(allow=allowed[:1])))
    assert "written by anybody" in failure.value.problems[0].what


def test_an_initrd_is_a_compressed_archive(build):
    made = build(rule("two", kind=ImageKind.INITRD))
    data = zstandard.ZstdDecompressor().decompressobj().decompress(made.artefact("cpio").path.read_bytes())
    assert data.startswith(b"070701")
    assert b"usr/share/two/text" in data
    assert b"rpmdb.sqlite" not in data


SHELL = (
    MadeFile(path="/usr/bin/bash", content="a shell", mode="755", reason="test"),
    MadeFile(path="/usr/bin/sh", link="bash", reason="test"),
    MadeFile(path="/usr/lib/wsl/first", content="#!/bin/sh\n", mode="755", reason="test"),
)


def test_an_archive_for_wsl_is_the_same_from_another_store(build, tmp_path):
    asked = rule("one", kind=ImageKind.WSL, files=SHELL, wsl=WslRule(name="Small", command="/usr/lib/wsl/first", systemd=False))
    one, two = build(asked), build(asked, Store(tmp_path / "other"), place="other-out")
    assert not two.cached
    assert one.artefact("wsl").digest == two.artefact("wsl").digest
    assert one.artefact("wsl").path.name == "small.wsl"
    with tarfile.open(one.artefact("wsl").path, "r:gz") as tar:
        said = tar.extractfile("etc/wsl-distribution.conf")
        assert said
        assert b"defaultName = Small" in said.read()


def test_what_wsl_would_stumble_over_is_told_at_once(build, tmp_path):
    with pytest.raises(Failure) as failure:
        build(rule("two", kind=ImageKind.WSL))
    told = " ".join(problem.what for problem in failure.value.problems)
    assert "/bin/sh" in told
    assert "/sbin/init" in told
    assert not (tmp_path / "out" / "small").exists()


KERNEL = MadeFile(path="/usr/lib/modules/1/vmlinuz", content="a kernel", reason="test")


def medium(build: Build, *where: object) -> Image:
    """A medium that installs a disk, made from the first image on."""
    initrd = build(rule("two", name="initrd", kind=ImageKind.INITRD), *where)
    disk = rule("one", name="disk", kind=ImageKind.DISK, files=(KERNEL,), disk=DiskRule(initrd="initrd"))
    installer = rule("two", name="medium", kind=ImageKind.ISO, files=(KERNEL,), iso=IsoRule(installs=("disk",)))
    return build(installer, *where, images=[build(disk, *where, images=[initrd])])


def test_a_medium_is_the_same_from_another_store_at_another_time(build, tmp_path):
    one = medium(build)
    before = os.umask(0o077)
    try:
        two = medium(build, Store(tmp_path / "other"), lambda _: None, "other-out")
    finally:
        os.umask(before)
    assert not two.cached
    assert [part.digest for part in one.artefacts] == [part.digest for part in two.artefacts]


def test_a_medium_without_the_disk_that_it_installs_is_not_made(build):
    asked = rule("two", kind=ImageKind.ISO, files=(KERNEL,), iso=IsoRule(installs=("disk",)))
    with pytest.raises(Failure) as failure:
        build(asked)
    assert failure.value.kind is Kind.IMAGE
    assert "`disk`" in failure.value.problems[0].what


def members_of(place: Path) -> dict[str, tarfile.TarInfo]:
    manifest = msgspec.json.decode((place / "index.json").read_bytes())["manifests"][0]["digest"]
    members: dict[str, tarfile.TarInfo] = {}
    for layer in msgspec.json.decode((place / "blobs" / manifest.replace(":", "/")).read_bytes())["layers"]:
        with (place / "blobs" / layer["digest"].replace(":", "/")).open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file)
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                members |= {member.name: member for member in tar}
    return members


@pytest.mark.guest
@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_the_machine_boots(toolbox, store, tmp_path):
    disk = DISTRO / "out" / "images" / "vm" / "vm.raw"
    with boot(Machine(disk=disk), toolbox, store, log=tmp_path / "console") as console:
        assert console.run("systemctl is-system-running --wait", 240) == (0, "running")
        code, output = console.run("cat /proc/1/comm; exit 4", 60)
        assert (code, output) == (4, "systemd")
        screen = console.picture()
        assert screen
        assert screen.read_bytes().startswith(PNG)
        if folder := os.environ.get("HEADWATER_PICTURES"):  # docs/pictures, when the picture there is to be a new one
            shutil.copy(screen, Path(folder) / "boot-screen.png")


def test_a_lock_pins_what_is_chosen(packages, toolbox, store):
    """`two` moves to another version, then `one` needs what the lock does not hold: refused, each at its place."""
    bridged = {name: msgspec.structs.replace(rpm, origin="bridge") for name, rpm in packages.items()}
    everything = tuple(bridged.values())
    lock = with_images(None, {"small": [bridged["one"], bridged["two"]]}, ["small"])
    assert choose(rule("one"), everything, toolbox, store, lock) == choose(rule("one"), everything, toolbox, store)
    moved = (bridged["one"], msgspec.structs.replace(bridged["two"], version="2"))
    for repository, held in ((moved, lock), (everything, with_images(None, {"small": [bridged["one"]]}, ["small"]))):
        with pytest.raises(Failure) as failure:
            choose(rule("one"), repository, toolbox, store, held)
        (problem,) = failure.value.problems
        assert problem.kind is Kind.IMAGE
        assert "two" in problem.why
        assert problem.hint == "hw image update small"


def test_what_a_lock_holds_and_nothing_asks_for_is_refused(packages, toolbox, store):
    lock = with_images(None, {"small": [packages["one"], packages["two"]]}, ["small"])
    with pytest.raises(Failure) as failure:
        choose(rule("two"), tuple(packages.values()), toolbox, store, lock)
    assert "`one`" in failure.value.problems[0].why
