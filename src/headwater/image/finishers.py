"""The finishers: what packages' scriptlets would have done, each the tool itself, and which files of a root it looks at."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from headwater.config.images import Finisher, ImageRule
from headwater.config.workshop import MACHINE
from headwater.errors import Failure, Kind, Problem

ROOT = "/tmp/root"  # noqa: S108 in the sandbox
VOLATILE = ("/run", "/dev", "/proc", "/sys", "/tmp")  # noqa: S108 of the image
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


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A finisher's work: `commands` for the root that lies in a folder of this machine, and ROOT in the sandbox.

    It finds there what `sees` matches whole (a pattern of absolute paths) and the directories above; what it makes follows from
    these alone, so that it is done once for all images in which they are the same.
    """

    commands: Callable[[Path], list[Command]]
    sees: str = ".*"


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


# what is compiled, and what Python takes to start
PYTHON = r"/usr/bin/python3[^/]*|/usr/lib/python3.*|/etc/python3.*|/.*\.so(\..*)?|/etc/ld\.so\..*"
UNITS = "/(etc|usr/lib)/(systemd|init.d)/.*"
FINISHERS: dict[str, Step] = {
    "tmpfiles": Step(
        commands=_each(
            ["systemd-tmpfiles", f"--root={ROOT}", "--create", *(f"--exclude-prefix={path}" for path in VOLATILE)],
        ),
    ),
    "presets": Step(commands=_each(["systemctl", f"--root={ROOT}", "preset-all", "--preset-mode=enable-only"]), sees=UNITS),
    "ldconfig": Step(commands=_each(["ldconfig", "-r", ROOT, "-X"]), sees=r"/etc/ld\.so\..*|/.*\.so(\..*)?|/usr/local/lib.*"),
    "hwdb": Step(commands=_each(["systemd-hwdb", f"--root={ROOT}", "update", "--usr"]), sees="/(etc|usr/lib)/udev/hwdb.*"),
    "depmod": Step(commands=_kernels, sees="/usr/lib/(modules|depmod.d)/.*|/etc/depmod.d/.*"),
    "catalog": Step(commands=_each(["journalctl", f"--root={ROOT}", "--update-catalog"]), sees="/usr/lib/systemd/catalog/.*"),
    "ca-bundle": Step(commands=_each(["sh", "-c", CA_BUNDLE, ROOT]), sees="/usr/share/ca-certificates/.*|/etc/ssl/.*"),
    "busybox": Step(commands=_each(["sh", "-c", BUSYBOX, ROOT]), sees="/usr/bin/busybox|/busybox/.*"),
    "py-compile": Step(commands=_pythons, sees=PYTHON),
    "java-cacerts": Step(commands=_each(["sh", "-c", JAVA_CACERTS, ROOT]), sees="/etc/ssl/.*"),
}


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
