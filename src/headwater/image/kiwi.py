"""Images that kiwi describes, built by the real kiwi in a root of its own, from our signed repository and nothing else."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.digest import digest_file, digest_of
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image.model import Artefact, Ids, Image, Root
from headwater.image.note import write_note
from headwater.image.place import finished_image, lay, placing
from headwater.progress import step
from headwater.repo.model import Repository
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result, Store
from headwater.toolbox import Toolbox, sandbox, subordinate_ids

VERSION = 1
KIWI = "kiwi"  # the kind of such an image
WORK, DESCRIPTION, REPOSITORY = "/tmp/work", "/tmp/description", "/tmp/headwater"  # noqa: S108 in the sandbox
SOURCE = f"dir://{REPOSITORY}/base,rpm-md,headwater,1,false,true,{{file://{REPOSITORY}/key.asc}}"
MACROS = "%__systemd_sysusers /usr/bin/systemd-sysusers\n"  # rpm's own script for it asks for useradd
CONFIG = "container:\n  compress: none\n"  # its layers are compressed already
INDEX = "index"
UNKNOWN = Root(entries=(), ids=Ids(users={}, groups={}), epoch=0)  # which paths kiwi put into it
LIMIT = 7200  # seconds
FEW = 12  # lines of kiwi's own words that a message shows
MOST, LARGEST = 20_000, 1 << 30  # files and bytes of a description
_FILE = re.compile(rf"{WORK}/out/([A-Za-z0-9_][A-Za-z0-9._+-]*)")
_LOOP = re.compile(r"losetup|/dev/loop|loop device", re.IGNORECASE)


class _Made(msgspec.Struct, frozen=True):
    """One line of kiwi.result.json."""

    filename: str


def build_kiwi(
    rule: ImageRule, *, repository: Repository, kiwi: Toolbox, store: Store, output: Path, log: Path, config: str = ""
) -> Image:
    """Make one image in `output`/NAME by kiwi; its files appear there together, and kiwi's own words in `log`.

    `config` is the path of kiwi's runtime configuration instead of ours. Errors: Failure(IMAGE) with kiwi's last lines.
    """
    assert rule.definition, "config has checked that another tool describes it"
    begun, description = time.monotonic(), Path(rule.definition.path)
    settings = Path(config).read_text(encoding="utf-8") if config else CONFIG
    parts = sorted(_contents(description, rule))
    key = digest_of(
        [VERSION, rule.name, description.name, rule.definition.profile, parts, settings, repository.digest, kiwi.key]
    )
    place = output / rule.name
    with store.lock(f"image-{rule.name}"), step("image", rule.name, reason="kiwi") as work:
        done = finished_image(place, key)
        if done:
            work.cached()
            return msgspec.structs.replace(done, cached=True, seconds=time.monotonic() - begun)
        result = store.get("kiwi", key)
        if result:
            work.cached()
        made = result or _make(rule, description, settings, repository, key=key, kiwi=kiwi, store=store, log=log)
        image = _image(rule, made, repository, place, cached=result is not None, seconds=time.monotonic() - begun)
        with placing(place) as beside:
            lay({name: blob for name, blob in made.outputs.items() if name != INDEX}, beside, store)
            write_note(image, beside)
    return image


def _contents(description: Path, rule: ImageRule) -> Iterator[tuple[str, str]]:
    """Everything in the description's folder, which kiwi sees whole: mode and content by path."""
    if not description.is_file():
        raise fail(Kind.IMAGE, f"the description of image `{rule.name}` is not there", where=rule.where, why=str(description))
    size = 0
    for number, path in enumerate(sorted(description.parent.rglob("*"))):
        status = path.lstat()
        size += status.st_size
        if number >= MOST or size > LARGEST:
            why = f"{description.parent} holds more than {MOST:,} files or {LARGEST >> 20} MiB"
            raise fail(Kind.IMAGE, f"the description of image `{rule.name}` is too large", where=rule.where, why=why)
        content = str(path.readlink()) if path.is_symlink() else digest_file(path) if stat.S_ISREG(status.st_mode) else ""
        yield str(path.relative_to(description.parent)), f"{status.st_mode:o} {content}"


def _make(
    rule: ImageRule,
    description: Path,
    settings: str,
    repository: Repository,
    *,
    key: str,
    kiwi: Toolbox,
    store: Store,
    log: Path,
) -> Result:
    begun = time.monotonic()
    subordinate_ids()  # who has none is told so, and not that kiwi failed
    with store.scratch(KIWI) as work:
        for name, text in (("kiwi.yml", settings), ("macros", MACROS)):
            (work / name).write_text(text, encoding="utf-8")
        (work / "cache").mkdir()
        binds = [
            sandbox.Bind(source=description.parent, target=DESCRIPTION),
            sandbox.Bind(source=repository.path.resolve(), target=REPOSITORY),
            sandbox.Bind(source=work, target=WORK, writable=True),
            sandbox.Bind(source=work / "cache", target="/var/cache", writable=True),
            sandbox.Bind(source=work / "macros", target="/tmp/.rpmmacros"),  # noqa: S108 in the sandbox
        ]
        try:
            _run(rule, description, binds, kiwi, log)
            outputs, formats = _outputs(work / "out", store)
            packages = [rpm.digest for rpm in _packages(rule, work / "out", repository)]
        finally:  # what belongs to other ids can be removed by nobody else
            sandbox.run(kiwi, ["rm", "-rf", f"{WORK}/out", f"{WORK}/cache"], binds=binds[2:3], many_ids=True, accept=(0, 1))
    outputs[INDEX] = store.add_bytes(msgspec.json.encode(UNKNOWN))
    facts = {"formats": formats, "packages": packages}
    return store.put(
        KIWI, key, outputs, facts=facts, inputs={"repository": repository.digest}, seconds=time.monotonic() - begun
    )


def _run(rule: ImageRule, description: Path, binds: Sequence[sandbox.Bind], kiwi: Toolbox, log: Path) -> None:
    assert rule.definition, "found above"
    words = ["kiwi-ng", "--config", f"{WORK}/kiwi.yml", "--kiwi-file", description.name]
    words += ["--profile", rule.definition.profile] if rule.definition.profile else []
    words += [
        "system",
        "build",
        "--description",
        DESCRIPTION,
        "--target-dir",
        f"{WORK}/out",
        "--ignore-repos",
        "--add-repo",
        SOURCE,
    ]
    try:
        sandbox.run(kiwi, words, binds=binds, many_ids=True, log=log, timeout=LIMIT, kind=Kind.IMAGE)
    except Failure as failure:
        raise _told(rule, failure, log) from None


def _told(rule: ImageRule, failure: Failure, log: Path) -> Failure:
    """What kiwi said last, and the one thing that it cannot have here."""
    said = log.read_text(errors="replace") if log.is_file() else ""
    _, found, last = said.rpartition("[ ERROR")
    lines = [line for line in last.partition("|")[2].splitlines() if line.strip()] if found else [failure.problems[0].why]
    why, hint = "\n".join(line.strip() for line in lines[:FEW]), f"less {log}"
    if _LOOP.search(said):
        why += "\nit asks for a loop device, which only root of the machine can give: disks and ISOs are not built by kiwi here"
        hint = f"hw image import {rule.definition.path if rule.definition else ''}"
    return Failure(
        [Problem(kind=Kind.IMAGE, what=f"kiwi did not build image `{rule.name}`", where=rule.where, why=why, hint=hint)]
    )


def _outputs(folder: Path, store: Store) -> tuple[dict[str, Blob], dict[str, str]]:
    """The files that kiwi says it made, by name, and of each that is the image itself, what kiwi calls it."""
    listed = msgspec.json.decode((folder / "kiwi.result.json").read_bytes(), type=dict[str, _Made])
    names = {match[1]: word for word, made in listed.items() if (match := _FILE.fullmatch(made.filename))}
    there = {name: word for name, word in sorted(names.items()) if _is_file(folder / name)}
    formats = {name: word for name, word in there.items() if not word.startswith("image_")}
    return {name: store.add_file(folder / name) for name in there}, formats


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _packages(rule: ImageRule, folder: Path, repository: Repository) -> Iterator[Rpm]:
    """The packages that kiwi lists, each of which must be one of the repository's."""
    known = {(rpm.name, rpm.evr, rpm.arch): rpm for rpm in repository.channels["base"].packages}
    for file in sorted(folder.glob("*.packages")):
        for line in file.read_text(errors="replace").splitlines():
            name, epoch, version, release, arch, *_ = [*line.split("|"), "", "", "", "", ""]
            evr = f"{version}-{release}" if epoch in {"(none)", "0", ""} else f"{epoch}:{version}-{release}"
            if name == "gpg-pubkey":
                continue
            if (name, evr, arch) not in known:
                what = f"image `{rule.name}` holds `{name} {evr} {arch}`, which the repository does not have"
                raise fail(Kind.SIGNATURE, what, where=rule.where, why="only signed packages of the project may be in an image")
            yield known[name, evr, arch]


def _image(rule: ImageRule, made: Result, repository: Repository, place: Path, *, cached: bool, seconds: float) -> Image:
    packages = {rpm.digest: rpm for rpm in repository.channels["base"].packages}
    held = tuple(sorted((packages[digest] for digest in made.facts["packages"]), key=lambda rpm: rpm.name))
    return Image(
        name=rule.name,
        kind=KIWI,
        key=made.key,
        artefacts=tuple(
            Artefact(format=word, path=place / name, digest=f"sha256:{made.outputs[name].digest}", size=made.outputs[name].size)
            for name, word in made.facts["formats"].items()
        ),
        packages=held,
        seconds=seconds,
        cached=cached,
        reasons={rpm.name: "kiwi's description, or needed by what it names" for rpm in held},
        index=made.outputs[INDEX].digest,
    )
