"""Makes an image from its table and the project's packages; what was made before comes from the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageKind, ImageRule
from headwater.config.model import Project
from headwater.config.workshop import MACHINE
from headwater.errors import Kind, fail
from headwater.image.accounted import Scripts, account_for
from headwater.image.extension import narrow_root
from headwater.image.findings import Finding, are_known, findings_of
from headwater.image.inputs import about, choose_own, choose_twins, image_key
from headwater.image.make import make_outputs
from headwater.image.model import Artefact, Image, Twin
from headwater.image.note import write_note
from headwater.image.order import made_from
from headwater.image.place import file_name, finished_image, lay, paths_of, placing
from headwater.image.policy import hold_files
from headwater.image.rootfs import Composed, compose
from headwater.image.solve import Chosen
from headwater.image.updates import versioned
from headwater.progress import step
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.sign.model import NOBODY, Trust
from headwater.store import Blob, Result, Store
from headwater.toolbox.model import Toolbox

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
    lock: PackageLock | None = None,
    scripts: Scripts | None = None,
    trust: Trust = NOBODY,
) -> Image:
    """Make one image in `output`/NAME; artefacts appear there together.

    `packages` are all that may be used, and `lock` says which of them are; `verify` raises Failure(SIGNATURE) for packages that
    are not signed as they must be; `images` are those made before: the initrd of a disk, the disks that a medium installs.
    `trust` has the keys that the image believes. `scripts` has what packages would run when they are installed. Errors:
    Failure(IMAGE) also for what of that nobody does instead, and for what the policy of image and project does not want in its
    files.
    """
    begun = time.monotonic()
    rule = versioned(rule, project)
    earlier = _earlier(rule, images)
    chosen = choose_own(rule, earlier[0].packages if earlier else (), packages, toolbox, store, lock)
    rpms = tuple(each.rpm for each in chosen)
    twins = choose_twins(rule, packages, toolbox, store)
    key = image_key(rule, project, rpms, [each.key for each in earlier], toolbox, twins, trust)
    place = output / rule.name
    with store.lock(f"image-{rule.name}"), step("image", rule.name, reason=rule.kind.value) as work:
        done = finished_image(place, key)
        if done:
            work.cached()
            _hold(rule, project, done, earlier, trust, toolbox, store)
            return msgspec.structs.replace(done, cached=True, seconds=time.monotonic() - begun)
        packed = {MACHINE: rpms, **twins}
        together = sorted({rpm for found in packed.values() for rpm in found})
        verify(together)
        result = store.get("image", key)
        if result:
            work.cached()
        if result is None and scripts:
            account_for(rule, project.bridge, together, scripts, store)
        with placing(place) as beside:
            made, formats = result, None
            if made is None:
                said = about(rule, project)
                made, formats = _make(
                    rule, said, packed, earlier, key=key, trust=trust, toolbox=toolbox, store=store, beside=beside
                )
            image = _image(rule, key, made, chosen, place, twins=twins, cached=result is not None)
            _hold(rule, project, image, earlier, trust, toolbox, store)
            lay(paths_of(rule, made), beside, store)
            if rule.kind is ImageKind.DISK:
                from headwater.image.formats import with_formats  # noqa: PLC0415 for disks alone

                image = with_formats(image, rule, made.facts["epoch"], formats, toolbox=toolbox, folder=beside)
            image = msgspec.structs.replace(image, seconds=time.monotonic() - begun)
            write_note(image, beside)
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


def _make(
    rule: ImageRule,
    about: Mapping[str, str],
    packages: Mapping[str, Sequence[Rpm]],
    earlier: Sequence[Image],
    *,
    key: str,
    trust: Trust,
    toolbox: Toolbox,
    store: Store,
    beside: Path,
) -> tuple[Result, Mapping[str, Blob]]:
    """The image's files, kept by its key and laid into the folder `beside`, and the formats made of a disk there.

    `packages` are those of each architecture.
    """
    begun = time.monotonic()
    roots = {each: _root(rule, rpms, earlier, each, trust, toolbox, store) for each, rpms in packages.items()}
    every = [rpm for rpms in packages.values() for rpm in rpms]
    origins = {rpm.name: rpm.component for rpm in every}
    outputs = make_outputs(
        rule, roots, about=about, origins=origins, earlier=earlier, trust=trust, toolbox=toolbox, store=store, beside=beside
    )
    indexes = {each: composed.index.digest for each, composed in roots.items()}
    made = store.put(
        "image",
        key,
        outputs.blobs,
        facts={
            "manifest": outputs.manifest,
            "index": indexes.pop(MACHINE),
            "twins": indexes,
            "epoch": roots[MACHINE].root.epoch,
        },
        inputs={rpm.filename: rpm.digest for rpm in every} | {each.name: each.key for each in earlier},
        seconds=time.monotonic() - begun,
    )
    return made, outputs.formats


def _root(  # noqa: PLR0917 private, and each is a different thing
    rule: ImageRule,
    rpms: Sequence[Rpm],
    earlier: Sequence[Image],
    architecture: str,
    trust: Trust,
    toolbox: Toolbox,
    store: Store,
) -> Composed:
    composed = compose(rule, rpms, toolbox, store, architecture, trust=trust)
    return narrow_root(rule, composed, earlier[0], store) if rule.kind is ImageKind.EXTENSION else composed


def _hold(  # noqa: PLR0917 private, and each is a different thing
    rule: ImageRule, project: Project, image: Image, earlier: Sequence[Image], trust: Trust, toolbox: Toolbox, store: Store
) -> None:
    """What breaks the policy never gets its place, also when it was made before; an index that is lost is made again."""
    found: dict[Finding, None] = {}
    for one in (Twin(architecture=MACHINE, packages=image.packages, index=image.index), *image.twins):
        if not are_known(one.index, store):
            _root(rule, one.packages, earlier, one.architecture, trust, toolbox, store)
        found |= dict.fromkeys(findings_of(one.index, store))
    hold_files(rule, project.policy, tuple(found))


def _image(
    rule: ImageRule,
    key: str,
    made: Result,
    chosen: Sequence[Chosen],
    place: Path,
    *,
    twins: Mapping[str, tuple[Rpm, ...]],
    cached: bool,
) -> Image:
    if rule.kind is ImageKind.OCI:
        size = sum(blob.size for blob in made.outputs.values())
        artefacts = [Artefact(format="oci", path=place / "oci", digest=made.facts["manifest"], size=size)]
    else:
        artefacts = [
            Artefact(format=name, path=place / file_name(name, rule), digest=f"sha256:{blob.digest}", size=blob.size)
            for name, blob in sorted(made.outputs.items())
        ]
    return Image(
        name=rule.name,
        kind=rule.kind.value,
        key=key,
        artefacts=tuple(artefacts),
        packages=tuple(each.rpm for each in chosen),
        seconds=0,
        cached=cached,
        reasons={each.rpm.name: each.reason for each in chosen},
        index=made.facts["index"],
        twins=tuple(Twin(architecture=each, packages=found, index=made.facts["twins"][each]) for each, found in twins.items()),
    )
