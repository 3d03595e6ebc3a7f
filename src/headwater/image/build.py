"""Makes an image from its table and the project's packages; what was made before comes from the store."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import assert_never

import msgspec
import zstandard

from headwater import command
from headwater.config.images import ImageKind, ImageRule
from headwater.config.model import Project
from headwater.config.workshop import MACHINE
from headwater.digest import digest_of, identity_of
from headwater.errors import Failure, Kind, fail
from headwater.image.disk import write_disk
from headwater.image.findings import Finding, are_known, findings_of
from headwater.image.initrd import write_initrd
from headwater.image.iso import write_iso
from headwater.image.lock import ImageLock
from headwater.image.model import Artefact, Image, Twin
from headwater.image.note import NOTE, read_note, write_note
from headwater.image.oci import make_oci
from headwater.image.order import made_from
from headwater.image.policy import hold_files
from headwater.image.rootfs import Composed, canonical_tar, compose, root_key
from headwater.image.scriptlets import Scripts, check_scriptlets, read_scriptlets
from headwater.image.solve import Chosen, choose
from headwater.image.tar import Contents
from headwater.image.updates import versioned
from headwater.image.wsl import write_wsl
from headwater.image.wsl_rules import wsl_problems
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.sign.model import Trust
from headwater.store import Blob, Result, Store
from headwater.toolbox.model import Toolbox

VERSION = 5
FILES = {
    "raw": "{}.raw",
    "qcow2": "{}.qcow2",
    "vhd": "{}.vhd",
    "uki": "{}.efi",
    "vars": "{}.vars.fd",
    "erofs": "{}.erofs",
    "verity": "{}.verity",
    "cpio": "{}.cpio.zst",
    "iso": "{}.iso",
    "wsl": "{}.wsl",
}

NOBODY = Trust()  # nothing is signed, and nobody believed

Verify = Callable[[Sequence[Rpm]], None]


def build_image(
    rule: ImageRule,
    *,
    project: Project,
    packages: Sequence[Rpm],
    verify: Verify,
    toolbox: Toolbox,
    store: Store,
    output: Path,
    images: Mapping[str, Image],
    lock: ImageLock | None = None,
    scripts: Scripts | None = None,
    trust: Trust = NOBODY,
) -> Image:
    """Make one image in `output`/NAME; artefacts appear there together.

    `packages` are all that may be used, and `lock` says which of them are; `verify` raises Failure(SIGNATURE) for packages that
    are not signed as they must be; `images` are those made before: the initrd of a disk, the disks that a medium installs.
    `trust` has the keys that the image believes. `scripts` reads what packages would run when they are installed. Errors:
    Failure(IMAGE) also for what of that nobody does instead, and for what the policy of image and project does not want in its
    files.
    """
    begun = time.monotonic()
    rule = versioned(rule, project)
    chosen = choose(rule, packages, toolbox, store, lock)
    rpms = tuple(each.rpm for each in chosen)
    twins = choose_twins(rule, packages, toolbox, store)
    earlier = _earlier(rule, images)
    key = image_key(rule, project, rpms, [each.key for each in earlier], toolbox, twins, trust)
    place = output / rule.name
    with store.lock(f"image-{rule.name}"), step("image", rule.name, reason=rule.kind.value) as work:
        done = finished_image(place, key)
        if done:
            work.cached()
            _hold(rule, project, done, toolbox, store)
            return msgspec.structs.replace(done, cached=True, seconds=time.monotonic() - begun)
        verify(sorted({*rpms, *(rpm for found in twins.values() for rpm in found)}))
        result = store.get("image", key)
        if result:
            work.cached()
        if result is None and scripts:
            every = sorted({*rpms, *(rpm for found in twins.values() for rpm in found)})
            check_scriptlets(rule, read_scriptlets(rule, project.bridge, every, scripts(every)))
        made = result or _make(rule, project, rpms, earlier, key=key, trust=trust, toolbox=toolbox, store=store, twins=twins)
        seconds, cached = time.monotonic() - begun, result is not None
        image = _image(rule, key, made, chosen, place, twins=twins, cached=cached, seconds=seconds)
        _hold(rule, project, image, toolbox, store)
        publish(_placed(rule, made), image, place, store)
    return image


def _earlier(rule: ImageRule, images: Mapping[str, Image]) -> tuple[Image, ...]:
    """The images that this one is made from."""
    if rule.kind is ImageKind.DISK and not rule.disk.initrd:
        hint = f"images.{rule.name}.disk.initrd"
        raise fail(Kind.IMAGE, f"image `{rule.name}` has no initrd", where=rule.where, why="no disk boots without", hint=hint)
    for name in made_from(rule):
        if name not in images:
            raise fail(
                Kind.IMAGE,
                f"image `{rule.name}` needs the image `{name}`",
                where=rule.where,
                why="it is not among the images made before",
                hint=f"hw image build {name} {rule.name}",
            )
    return tuple(images[name] for name in made_from(rule))


def choose_twins(rule: ImageRule, packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> dict[str, tuple[Rpm, ...]]:
    """The packages of an image for each architecture that is not this machine's."""
    foreign = sorted({each for each in rule.architectures if each != MACHINE})
    return {each: tuple(one.rpm for one in choose(rule, packages, toolbox, store, architecture=each)) for each in foreign}


def image_key(  # noqa: PLR0917 each is a different thing that an image is made from
    rule: ImageRule,
    project: Project,
    rpms: Sequence[Rpm],
    earlier: Sequence[str],
    toolbox: Toolbox,
    twins: Mapping[str, Sequence[Rpm]],
    trust: Trust = NOBODY,
) -> str:
    """Digest of everything that an image with a version is made from; `earlier` are the keys of the images it is made from."""
    table = {
        "root": root_key(rule, rpms, toolbox, keyring=trust.keyring),
        "name": rule.name,
        "title": rule.description if rule.kind is ImageKind.OCI else "",
        "kind": rule.kind.value,
        "scriptlets": _declared(rule, project, rpms),
        "oci": identity_of(rule.oci),
        "disk": identity_of(rule.disk),
        "iso": identity_of(rule.iso),
        "earlier": earlier,
        "twins": {each: root_key(rule, found, toolbox, each) for each, found in twins.items()},
        "about": _about(rule, project),
        "zstd": zstandard.ZSTD_VERSION,
        "code": VERSION,
    }
    if trust.secure_boot and rule.disk.secure_boot:
        table["secure-boot"] = trust.secure_boot.fingerprint
    return digest_of(table)


def _about(rule: ImageRule, project: Project) -> dict[str, str]:
    """What all images of a distribution say of themselves, by OCI's names."""
    distro = project.distro if project.project.default_distro else None
    return {"version": rule.version, "vendor": distro.vendor, "url": distro.home_url} if distro else {}


def _declared(rule: ImageRule, project: Project, rpms: Sequence[Rpm]) -> list[str]:
    """Packages whose scriptlets somebody spoke for: who takes that back has the image looked at again."""
    globs = {name for one in (*rule.scriptlets, *project.bridge.scriptlets) for name in one.names}
    return sorted(rpm.name for rpm in rpms if any(fnmatchcase(rpm.name, name) for name in globs))


def _make(
    rule: ImageRule,
    project: Project,
    rpms: Sequence[Rpm],
    earlier: Sequence[Image],
    *,
    key: str,
    trust: Trust,
    toolbox: Toolbox,
    store: Store,
    twins: Mapping[str, Sequence[Rpm]],
) -> Result:
    begun = time.monotonic()
    composed = compose(rule, rpms, toolbox, store, keyring=trust.keyring)
    others = {each: compose(rule, found, toolbox, store, each) for each, found in twins.items()}
    with store.scratch("image") as work:
        match rule.kind:
            case ImageKind.OCI:
                origins = {rpm.name: rpm.component for found in (rpms, *twins.values()) for rpm in found}
                roots = {each: other.root for each, other in others.items()}
                outputs, digest = make_oci(rule, _about(rule, project), composed.root, origins, store, roots)
            case ImageKind.INITRD:
                write_initrd(composed.root, store, work / "cpio")
                outputs, digest = {"cpio": _kept(work / "cpio", store)}, ""
            case ImageKind.DISK:
                cpio = earlier[0].artefact("cpio").path
                secure = trust.secure_boot if rule.disk.secure_boot else None
                files = write_disk(rule, composed, initrd=cpio, secure=secure, toolbox=toolbox, store=store, work=work)
                outputs, digest = {name: _kept(file, store) for name, file in files.items()}, ""
            case ImageKind.ISO:
                files = write_iso(rule, composed, earlier, toolbox=toolbox, store=store, work=work)
                outputs, digest = {name: _kept(file, store) for name, file in files.items()}, ""
            case ImageKind.WSL:
                _check_wsl(rule, composed, store)
                write_wsl(store.path(canonical_tar(composed, store).digest), work / "wsl", toolbox)
                outputs, digest = {"wsl": _kept(work / "wsl", store)}, ""
            case ImageKind.UNSET:
                raise AssertionError(f"`{rule.name}` is described for another tool, which builds it")
            case _:
                assert_never(rule.kind)
    return store.put(
        "image",
        key,
        outputs,
        facts={
            "manifest": digest,
            "index": composed.index.digest,
            "twins": {each: other.index.digest for each, other in others.items()},
        },
        inputs={rpm.filename: rpm.digest for found in (rpms, *twins.values()) for rpm in found}
        | {each.name: each.key for each in earlier},
        seconds=time.monotonic() - begun,
    )


def _hold(rule: ImageRule, project: Project, image: Image, toolbox: Toolbox, store: Store) -> None:
    """What breaks the policy never gets its place, also when it was made before; an index that is lost is made again."""
    found: dict[Finding, None] = {}
    for one in (Twin(architecture=MACHINE, packages=image.packages, index=image.index), *image.twins):
        known = are_known(one.index, store)
        index = one.index if known else compose(rule, one.packages, toolbox, store, one.architecture).index.digest
        found |= dict.fromkeys(findings_of(index, store))
    hold_files(rule, project.policy, tuple(found))


def _check_wsl(rule: ImageRule, composed: Composed, store: Store) -> None:
    with Contents(store) as contents:
        problems = wsl_problems(composed.root, contents.whole, rule.wsl, rule.where)
    if problems:
        raise Failure(problems)


def _kept(file: Path, store: Store) -> Blob:
    return store.add_file(file, move=file.stat().st_nlink == 1)


def _image(
    rule: ImageRule,
    key: str,
    made: Result,
    chosen: Sequence[Chosen],
    place: Path,
    *,
    twins: Mapping[str, tuple[Rpm, ...]],
    cached: bool,
    seconds: float,
) -> Image:
    if rule.kind is ImageKind.OCI:
        size = sum(blob.size for blob in made.outputs.values())
        artefacts = [Artefact(format="oci", path=place / "oci", digest=made.facts["manifest"], size=size)]
    else:
        artefacts = [
            Artefact(format=name, path=place / FILES[name].format(rule.name), digest=f"sha256:{blob.digest}", size=blob.size)
            for name, blob in sorted(made.outputs.items())
        ]
    return Image(
        name=rule.name,
        kind=rule.kind.value,
        key=key,
        artefacts=tuple(artefacts),
        packages=tuple(each.rpm for each in chosen),
        seconds=seconds,
        cached=cached,
        reasons={each.rpm.name: each.reason for each in chosen},
        index=made.facts["index"],
        twins=tuple(Twin(architecture=each, packages=found, index=made.facts["twins"][each]) for each, found in twins.items()),
    )


def _placed(rule: ImageRule, made: Result) -> dict[str, Blob]:
    """The outputs by their paths in the image's folder."""
    if rule.kind is ImageKind.OCI:
        return {f"oci/{name}": blob for name, blob in made.outputs.items()}
    return {FILES[name].format(rule.name): blob for name, blob in made.outputs.items()}


def publish(files: Mapping[str, Blob], image: Image, place: Path, store: Store) -> None:
    """Lay the artefacts, by their paths in it, beside their place and rename; a cut leaves the old image or the new one."""
    beside, old = place.with_name(f".{place.name}.new"), place.with_name(f".{place.name}.old")
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        for name, blob in files.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            command.run(["cp", "--reflink=auto", "--sparse=always", store.path(blob.digest), target], kind=Kind.STORE)
            target.chmod(0o644)
        write_note(image, beside)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)  # a disk may be full, and a half image is of no use
        raise
    if place.exists():
        place.rename(old)
    beside.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def finished_image(place: Path, key: str) -> Image | None:
    """The image that lies there whole already, if it is the wanted one."""
    image = read_note(place / NOTE)
    if image is None:
        return None
    moved = tuple(msgspec.structs.replace(each, path=place / each.path.name) for each in image.artefacts)
    whole = all(each.path.is_dir() or (each.path.is_file() and each.path.stat().st_size == each.size) for each in moved)
    return msgspec.structs.replace(image, artefacts=moved) if image.key == key and whole else None
