"""What is put into root filesystems: the workshop's packages and fix-ups, images with their files, users and promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from headwater.config import images as i
from headwater.config import values
from headwater.config import workshop as w
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import Reasoned, key_of

FORMATS = ("raw", "qcow2", "vhd")
WAYS = ("content", "source", "link", "directory")
CRYPT = ("$", "!", "*")  # how the second field of shadow(5) begins when nobody's plain password stands there
LARGEST = 65533  # the last uid before nobody
MOST_TRIES = 9
LABEL = 36  # letters of a partition's label (UEFI, 5.3.3)


def reasoned(rule: Reasoned, findings: Findings) -> None:
    if not rule.reason.strip():
        findings.blame(rule, "reason", f"`{key_of(rule)}` gives no reason", hint='reason = "..."')


def packages(rule: w.NamedPackages, findings: Findings) -> None:
    if not rule.names:
        findings.blame(rule, "names", f"`{key_of(rule)}` names no package")
    for name in rule.names:
        findings.expect(rule, "names", values.bad_word(name), f"`{name}` is no package's name")


def workshop(rule: w.ToolboxRule | w.BridgeRule, findings: Findings) -> None:
    if rule.packages:
        findings.expect(rule, "suite", values.bad_name(rule.suite), f"`{key_of(rule)}` names no suite to take packages from")


def fixup(rule: w.Fixup, findings: Findings) -> None:
    findings.expect(rule, "package", values.bad_word(rule.package), f"`{key_of(rule)}` names no package")
    by_path = {
        "links": rule.links,
        "files": rule.files,
        "modes": rule.modes,
        "owners": rule.owners,
        "directories": rule.directories,
        "remove": rule.remove,
    }
    for key, paths in by_path.items():
        for path in paths:
            findings.expect(rule, key, values.bad_absolute(path), f"`{path}` is no path in a package")
    for trigger in rule.triggers:
        for key, paths in (("program", (trigger.program,)), ("below", trigger.below)):
            for path in paths:
                what = f"`{path}` is no path that a trigger can have"
                findings.expect(trigger, key, values.bad_absolute(path) or _bad_in_trigger(path), what)
    for key, modes in (("modes", rule.modes), ("directories", rule.directories)):
        for mode in modes.values():
            findings.expect(rule, key, values.bad_mode(mode), f"`{mode}` is no mode")
    for owner in rule.owners.values():
        findings.expect(rule, "owners", values.bad_owner(owner), f"`{owner}` is no owner")


def _bad_in_trigger(path: str) -> str:
    """It stands in a spec as it is, and rpm knows no quotes there."""
    return "" if re.fullmatch(r"[A-Za-z0-9/._+-]+", path) else "expected letters, digits and `/._+-`"


def made_file(rule: w.MadeFile, findings: Findings) -> None:
    findings.expect(rule, "path", values.bad_absolute(rule.path), f"`{rule.path}` is no path in a root")
    given = [way for way in WAYS if getattr(rule, way) not in {None, False}]
    if len(given) != 1:
        why = "found " + (" and ".join(f"`{way}`" for way in given) or "none") + ", expected exactly one of " + ", ".join(WAYS)
        findings.blame(rule, given[-1] if given else "", f"`{rule.path}` is not one thing", why=why)
    if rule.mode:
        findings.expect(rule, "mode", values.bad_mode(rule.mode), f"`{rule.mode}` is no mode")
    if rule.source is not None and not Path(rule.source).is_file():
        findings.blame(rule, "source", f"the source of `{rule.path}` is not there", why=f"nothing is at `{rule.source}`")


def build_root(rule: w.BuildRootRule, findings: Findings) -> None:
    for path in rule.macro_files:
        if not Path(path).is_file():
            what, hint = f"the macro file `{Path(path).name}` is not there", f"ls {Path(path).parent}"
            findings.blame(rule, "macro-files", what, why=f"nothing is at `{path}`", hint=hint)
    for name in rule.macros:
        findings.expect(rule, "macros", values.bad_macro(name), f"`{name}` is no name for a macro")


def image(rule: i.ImageRule, findings: Findings) -> None:
    findings.expect(rule, "", values.bad_name(rule.name), f"`{rule.name}` is no name for an image")
    if rule.from_:
        return  # what it begins with is unknown, and told where that was looked for
    if rule.kind is i.ImageKind.UNSET:
        _defined(rule, findings)
        return
    if rule.definition:
        what = f"image `{rule.name}` has a kind and a definition"
        findings.blame(rule, "definition", what, why="another tool describes it, or we do")
    if not rule.packages and not (rule.kind is i.ImageKind.EXTENSION and rule.files):
        findings.blame(rule, "packages", f"image `{rule.name}` has no packages", hint=f"[[images.{rule.name}.packages]]")
    if rule.kind is i.ImageKind.ISO and not rule.iso.installs:
        what, hint = f"image `{rule.name}` installs nothing", f'images.{rule.name}.iso.installs = ["..."]'
        findings.blame(rule.iso if rule.iso.where else rule, "", what, hint=hint)
    if rule.kind is i.ImageKind.EXTENSION and not rule.extension.of:
        what, hint = f"image `{rule.name}` extends nothing", f'images.{rule.name}.extension.of = "..."'
        findings.blame(rule.extension if rule.extension.where else rule, "", what, hint=hint)
    for key, kinds in i.TABLES.items():
        if getattr(rule, key).where and rule.kind not in kinds:
            findings.blame(rule, key, f"`{key}` has no meaning for an image of kind `{rule.kind.value}`", hint="remove it")
    _versions(rule, findings)
    _once(rule.users, "name", findings)
    _once(rule.users, "uid", findings)
    _once(rule.files, "path", findings)
    _once(rule.checks, "name", findings)


def _versions(rule: i.ImageRule, findings: Findings) -> None:
    """How versions of an image are called, and whether it takes the next one."""
    if rule.version:
        findings.expect(rule, "version", bad_version(rule.version), f"`{rule.version}` is no version of an image")
    label = f"{rule.name}_{rule.version or '0'}"
    if rule.disk.root is i.RootKind.VERITY and len(label) > LABEL:
        why = f"`{label}` names its partitions, whose labels have at most {LABEL} letters"
        findings.blame(rule, "version" if rule.version else "", f"the name of image `{rule.name}` is too long", why=why)
    if rule.kind is i.ImageKind.EXTENSION:
        for key in ("tries", "health"):
            if getattr(rule.updates, key) != getattr(i.UpdateRule(), key):
                why = "no start of a machine is counted for it"
                findings.blame(rule.updates, key, f"`{key}` has no meaning for an extension", why=why, hint="remove it")
    elif rule.updates.url and rule.disk.root is not i.RootKind.VERITY:
        why = "only a machine with two slots for its root is updated as a whole, and extensions are"
        findings.blame(rule.updates, "url", f"image `{rule.name}` takes no updates", why=why, hint='disk.root = "verity"')


def _defined(rule: i.ImageRule, findings: Findings) -> None:
    """An image that another tool describes."""
    if not rule.definition:
        hint = did_you_mean("", [kind.value for kind in i.ImageKind])
        findings.blame(
            rule, "", f"`kind` is missing in image `{rule.name}`", why="and no `definition` stands for it", hint=hint
        )
        return
    if rule.definition.type not in {"", "kiwi"}:
        findings.blame(rule.definition, "type", f"`{rule.definition.type}` is no type of definition", hint="known is `kiwi`")
    if rule.checks:
        why = "only what we compose can be asked: nothing else is known of it than its packages"
        findings.blame(rule, "checks", f"image `{rule.name}` promises something, and another tool describes it", why=why)


def removal(rule: i.Removal, findings: Findings) -> None:
    for path in rule.paths:
        findings.expect(rule, "paths", values.bad_absolute(path), f"`{path}` is no path in an image")


def user(rule: i.UserRule, findings: Findings) -> None:
    findings.expect(rule, "name", values.bad_owner(f"{rule.name}:root"), f"`{rule.name}` is no name for a user")
    if not 0 <= rule.uid <= LARGEST:
        findings.blame(rule, "uid", f"the uid of `{rule.name}` is {rule.uid}", why=f"expected 0 to {LARGEST}")
    for key, path in (("home", rule.home), ("shell", rule.shell)):
        if path:
            findings.expect(rule, key, values.bad_absolute(path), f"`{path}` is no path in an image")
    if rule.password and not rule.password.startswith(CRYPT):
        why = "expected a hash as crypt(5) writes it, such as `$y$...`"
        findings.blame(rule, "password", f"the password of `{rule.name}` is no hash", why=why, hint="mkpasswd -m yescrypt")


def disk(rule: i.DiskRule, findings: Findings) -> None:
    for name in rule.formats:
        if name not in FORMATS:
            findings.blame(rule, "formats", f"`{name}` is no format of a disk", hint=did_you_mean(name, FORMATS))
    for key, size in (("esp-size", rule.esp_size), ("free", rule.free), ("slot-size", rule.slot_size)):
        if size < 0:
            findings.blame(rule, key, f"`{key}` is {size} MiB")
    if rule.root is i.RootKind.VERITY and not rule.slot_size:
        why = "the slot of a verified root can not grow on a machine that runs"
        findings.blame(rule, "root", "`slot-size` is missing", why=why, hint="slot-size = 512")


def iso(rule: i.IsoRule, findings: Findings) -> None:
    for name in sorted({name for name in rule.installs if rule.installs.count(name) > 1}):
        findings.blame(rule, "installs", f"`{name}` is there twice")


def bad_version(text: str) -> str:
    """As systemd-sysupdate finds it in a file's name, where `_` ends it and `+` begins the count of tries."""
    good = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.~^-]*", text)
    return "" if good else "a version begins with a letter or digit and goes on with letters, digits, `.`, `~`, `^`, `-`"


def updates(rule: i.UpdateRule, findings: Findings) -> None:
    if rule.url:
        bad = values.bad_uri(rule.url) or ("a unit's file would read `%` as a word of its own" if "%" in rule.url else "")
        findings.expect(rule, "url", bad, f"`{rule.url}` is no address for updates")
    if not 1 <= rule.tries <= MOST_TRIES:
        findings.blame(rule, "tries", f"`tries` is {rule.tries}", why=f"expected 1 to {MOST_TRIES}")


def health(rule: i.Health, findings: Findings) -> None:
    findings.expect(rule, "command", values.bad_line(rule.command), "a check of a machine's health runs nothing")


def wsl(rule: i.WslRule, findings: Findings) -> None:
    if rule.name:
        findings.expect(rule, "name", values.bad_name(rule.name), f"`{rule.name}` is no name for a distribution of WSL")
    if not 0 < rule.default_uid <= LARGEST:
        findings.blame(rule, "default-uid", f"the first user's uid is {rule.default_uid}", why=f"expected 1 to {LARGEST}")
    for group in rule.groups:
        findings.expect(rule, "groups", values.bad_owner(f"root:{group}"), f"`{group}` is no name for a group")
    for key in ("command", "shell", "icon", "terminal-profile"):
        if path := getattr(rule, key.replace("-", "_")):
            findings.expect(rule, key, values.bad_absolute(path), f"`{path}` is no path in an image")


def promise(rule: i.Check, findings: Findings) -> None:
    findings.expect(rule, "name", values.bad_line(rule.name), "a check has no name")
    findings.expect(rule, "command", values.bad_line(rule.command.replace("\n", " ")), f"`{rule.name}` runs nothing")
    if rule.match:
        findings.expect(rule, "match", values.bad_regex(rule.match), f"`match` of `{rule.name}` is no RE2 pattern")


def _once(rules: Iterable[Any], key: str, findings: Findings) -> None:
    seen: dict[Any, Any] = {}
    for rule in rules:
        value = getattr(rule, key)
        if (first := seen.setdefault(value, rule)) is not rule:
            findings.blame(rule, key, f"{key} `{value}` is there twice", why=f"first at {first.where}")


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((Reasoned,), reasoned),
    ((w.NamedPackages,), packages),
    ((w.ToolboxRule, w.BridgeRule), workshop),
    ((w.Fixup,), fixup),
    ((w.MadeFile,), made_file),
    ((w.BuildRootRule,), build_root),
    ((i.ImageRule,), image),
    ((i.Removal,), removal),
    ((i.UserRule,), user),
    ((i.DiskRule,), disk),
    ((i.IsoRule,), iso),
    ((i.UpdateRule,), updates),
    ((i.Health,), health),
    ((i.WslRule,), wsl),
    ((i.Check,), promise),
]
