"""Finishers: what packages' scriptlets would have done, by the tools themselves, offline, on a scratch copy of the root."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import Finisher, ImageRule
from headwater.config.workshop import MACHINE
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image import scratch
from headwater.image.index import Index, pattern_of
from headwater.image.model import Ids
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

ROOT = "/tmp/root"  # noqa: S108 in the sandbox
VOLATILE = ("/run", "/dev", "/proc", "/sys", "/tmp")  # noqa: S108 of the image
LEFTOVERS = ("/var/cache/ldconfig/aux-cache", "/etc/.pwd.lock")  # notes of tools to themselves
CA_BUNDLE = r"""
set -e; cd "$0/usr/share/ca-certificates"; out="$0/etc/ssl/certs"; mkdir -p "$out"
bundle="$out/ca-certificates.crt"
test -e "$bundle" || find . -name '*.crt' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat > "$bundle"
find . -name '*.crt' | LC_ALL=C sort | while read -r file; do
  ln -sf "../../../usr/share/ca-certificates/${file#./}" "$out/$(basename "$file" .crt | tr ' ' _).pem"
done
mv "$bundle" "$0/bundle"; openssl rehash "$out"; mv "$0/bundle" "$bundle"
"""
BUSYBOX = r"""
set -e; mkdir -p "$0/busybox"
"$0/usr/bin/busybox" --list | while read -r name; do ln -sf ../usr/bin/busybox "$0/busybox/$name"; done
"""

JAVA_CACERTS = r"""
set -e; mkdir -p "$0/etc/ssl/certs/java"
exec openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -certpbe NONE -nomac -passout pass: \
  -in "$0/etc/ssl/certs/ca-certificates.crt" -out "$0/etc/ssl/certs/java/cacerts"
"""

Command = list[str]


def _kernels(root: Path) -> list[Command]:
    versions = sorted(path.name for path in root.glob("usr/lib/modules/*") if path.is_dir())
    return [["depmod", "-b", ROOT, version] for version in versions]


def _pythons(root: Path) -> list[Command]:
    """Each Python of the image compiles its own library. A file's digest says whether its code is still that of the source:
    times do not survive every file system, and who upgrades a package must not run the old code.
    """
    found = sorted(path.name for path in root.glob("usr/bin/python3.*") if re.fullmatch(r"python3\.[0-9]+", path.name))
    words = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    return [
        ["env", "PYTHONHASHSEED=0", "chroot", ROOT, f"/usr/bin/{name}", *words, f"/usr/lib/{name}", "/usr/lib/python3"]
        for name in found
    ]


def _each(*commands: Command) -> Callable[[Path], list[Command]]:
    return lambda _root: list(commands)


FINISHERS: dict[str, Callable[[Path], list[Command]]] = {
    "tmpfiles": _each(["systemd-tmpfiles", f"--root={ROOT}", "--create", *(f"--exclude-prefix={path}" for path in VOLATILE)]),
    "presets": _each(["systemctl", f"--root={ROOT}", "preset-all", "--preset-mode=enable-only"]),
    "ldconfig": _each(["ldconfig", "-r", ROOT, "-X"]),
    "hwdb": _each(["systemd-hwdb", f"--root={ROOT}", "update", "--usr"]),
    "depmod": _kernels,
    "catalog": _each(["journalctl", f"--root={ROOT}", "--update-catalog"]),
    "ca-bundle": _each(["sh", "-c", CA_BUNDLE, ROOT]),
    "busybox": _each(["sh", "-c", BUSYBOX, ROOT]),
    "py-compile": _pythons,
    "java-cacerts": _each(["sh", "-c", JAVA_CACERTS, ROOT]),
}
# a scratch root belongs to one user, so tmpfiles cannot give things away: its owners are read from its lines afterwards
ACCEPT = {"systemd-tmpfiles": (0, 65, 73)}


OF_THIS_MACHINE = frozenset({"ldconfig", "busybox", "py-compile"})


def for_machine(rule: ImageRule, architecture: str) -> ImageRule:
    """The rule with the finishers that are for an architecture.

    Errors: Failure(IMAGE) for a foreign one whose programs a finisher would run, or whose libraries it would not look at.
    """
    chosen = tuple(one for one in rule.finishers if not one.architectures or architecture in one.architectures)
    problems = [_runs_here(rule, one, architecture) for one in chosen if one.name in OF_THIS_MACHINE]
    if problems and architecture != MACHINE:
        raise Failure(problems)
    return msgspec.structs.replace(rule, finishers=chosen)


def _runs_here(rule: ImageRule, finisher: Finisher, architecture: str) -> Problem:
    return Problem(
        kind=Kind.IMAGE,
        what=f"the finisher `{finisher.name}` can not be run for `{architecture}` in image `{rule.name}`",
        where=finisher.where,
        why="it starts programs of the image, or reads libraries of this machine only",
        hint=f'architectures = ["{MACHINE}"]',
    )


def finish(  # noqa: PLR0917 each is a different thing of the image
    index: Index, finishers: Sequence[Finisher], units: Sequence[str], ids: Ids, epoch: int, toolbox: Toolbox, store: Store
) -> Index:
    """The index with what the finishers, in their order, and the enabling of `units` made."""
    for finisher in finishers:
        if finisher.name not in FINISHERS:
            raise fail(
                Kind.IMAGE,
                f"`{finisher.name}` is no finisher",
                where=finisher.where,
                why=f"known ones are {', '.join(FINISHERS)}",
            )
    if not finishers and not units:
        return index
    with store.scratch("root") as root:
        scratch.lay_out(index, root, store)
        for finisher in finishers:
            for words in FINISHERS[finisher.name](root):
                _run(words, root, epoch, toolbox)
        if units:
            _run(["systemctl", f"--root={ROOT}", "enable", *units], root, epoch, toolbox)
        new, gone = scratch.changes(index, root, epoch, store, by="made:finisher")
        new = _owned(new, root, ids)
    merged = {path: entry for path, entry in {**index, **new}.items() if path not in gone}
    leftovers = [pattern_of(path) for path in LEFTOVERS]
    return {path: entry for path, entry in merged.items() if not any(glob.fullmatch(path) for glob in leftovers)}


def _run(words: Command, root: Path, epoch: int, toolbox: Toolbox) -> None:
    sandbox.run(
        toolbox,
        ["sh", "-c", 'umask 022; exec "$@"', "finisher", *words],
        binds=[sandbox.Bind(source=root, target=ROOT, writable=True)],
        env={"SOURCE_DATE_EPOCH": str(epoch)},
        accept=ACCEPT.get(words[0], (0,)),
        kind=Kind.IMAGE,
        what=f"the finisher `{words[0]}` failed",
    )


_LINE = re.compile(r"^[a-zA-Z][+!=~^$-]*\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE)


def _owned(new: Index, root: Path, ids: Ids) -> Index:
    """New entries with owner and mode as the tmpfiles.d lines of exactly their paths say."""
    lines = {}
    for folder in ("usr/lib/tmpfiles.d", "etc/tmpfiles.d"):
        for file in sorted((root / folder).glob("*.conf")):
            for path, mode, user, group in _LINE.findall(file.read_text(errors="replace")):
                lines[path] = (mode.lstrip(":~"), user.lstrip(":"), group.lstrip(":"))
    owned = dict(new)
    for path, entry in new.items():
        mode, user, group = lines.get(path, ("-", "-", "-"))
        bits = int(mode, 8) if re.fullmatch("[0-7]{3,4}", mode) and not entry.is_link else stat.S_IMODE(entry.mode)
        owned[path] = msgspec.structs.replace(
            entry,
            mode=stat.S_IFMT(entry.mode) | bits,
            user=user if user in ids.users else entry.user,
            group=group if group in ids.groups else entry.group,
        )
    return owned
