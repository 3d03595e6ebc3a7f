"""What WSL expects of a distribution's root, rule by rule; pure: reads entries and the contents that it is handed.

Microsoft, "Build a Custom Linux Distribution for WSL", recommendations; and what its own validate-modern.py looks at.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Mapping

from headwater.config.images import WslRule
from headwater.errors import Kind, Problem
from headwater.image.model import Entry, Root
from headwater.origin import Origin
from headwater.suggest import nearest

DISTRIBUTION, CONF = "/etc/wsl-distribution.conf", "/etc/wsl.conf"
TROUBLE = (
    "systemd-resolved.service",
    "systemd-networkd.service",
    "systemd-networkd-wait-online.service",
    "NetworkManager.service",
    "networking.service",
    "systemd-tmpfiles-setup.service",
    "systemd-tmpfiles-setup-dev-early.service",
    "systemd-tmpfiles-setup-dev.service",
    "systemd-tmpfiles-clean.service",
    "systemd-tmpfiles-clean.timer",
    "tmp.mount",
)
USER_TROUBLE = ("systemd-tmpfiles-setup.service", "systemd-tmpfiles-clean.service", "systemd-tmpfiles-clean.timer")
KERNELS = ("/boot/vmlinu[xz]*", "/boot/initr*", "/usr/lib/modules/*/vmlinuz", "/usr/lib/modules/*/initr*")
KEYS = {
    "oobe": ("command", "defaultuid", "defaultname"),
    "shortcut": ("enabled", "icon"),
    "windowsterminal": ("enabled", "profiletemplate"),
}
UID = "1000"
NO_HASH = ("", "*", "x", "unprovisioned")  # of shadow(5); the last is systemd-sysusers' word for root
ICON_SIZE = 10 << 20
TOOLS = ("/usr/sbin/useradd", "/usr/sbin/userdel", "/usr/bin/passwd", "/usr/bin/getent")  # of the first run that is ours
PLACES = ("/usr/lib/wsl/", "/usr/libexec/wsl/", "/usr/share/wsl/")
PULLS = re.compile(r"/(?:etc|usr/lib|usr/local/lib)/systemd/(system|user)/[^/]+\.(?:wants|requires|upholds)/([^/]+)")

Read = Callable[[Entry], bytes]
Entries = Mapping[str, Entry]
Conf = Mapping[str, Mapping[str, str]]


def wsl_problems(root: Root, read: Read, rule: WslRule, where: Origin | None = None) -> tuple[Problem, ...]:
    """Everything that WSL would stumble over; `read` gives an entry's content, `where` is the place of the image's table."""
    entries = {entry.path: entry for entry in root.entries}
    found = [*_files(entries), *_passwords(entries, read), *_absent(entries), *_shells(entries)]
    found += [] if rule.command else _needs(rule, root, entries)
    texts = {path: read(entries[path]).decode(errors="replace") for path in (DISTRIBUTION, CONF) if _is_file(entries, path)}
    confs = {path: _parsed(text) for path, text in texts.items()}
    found += [(f"`{path}` cannot be read", "it is no INI file", "") for path, conf in confs.items() if conf is None]
    if distribution := confs.get(DISTRIBUTION):
        found += [*_keys(distribution), *_first_run(distribution, entries, read), *_looks(distribution, entries)]
    if (conf := confs.get(CONF)) and conf.get("boot", {}).get("systemd", "").lower() == "true":
        found += [*_init(entries), *_units(entries)]
    return tuple(Problem(kind=Kind.IMAGE, what=what, where=where, why=why, hint=hint) for what, why, hint in found)


Found = Iterator[tuple[str, str, str]]


def _files(entries: Entries) -> Found:
    for path in (DISTRIBUTION, CONF):
        yield from _kept(entries, path, 0o644)


def _kept(entries: Entries, path: str, mode: int) -> Found:
    """A file of root's with just this mode."""
    entry = entries.get(path)
    if entry is None or not entry.is_file:
        yield f"WSL looks for the file `{path}`", "the image has none", f"put it in by [[images.NAME.files]]: path = {path!r}"
    elif (entry.user, entry.group, stat.S_IMODE(entry.mode)) != ("root", "root", mode):
        found = f"{entry.user}:{entry.group} {stat.S_IMODE(entry.mode):04o}"
        yield f"`{path}` is not as WSL wants it", f"found {found}, expected root:root {mode:04o}", f'mode = "{mode:o}"'


def _parsed(text: str) -> Conf | None:
    import configparser  # noqa: PLC0415 only for WSL

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return {section.lower(): dict(parser[section]) for section in parser.sections()}


def _keys(conf: Conf) -> Found:
    for section, keys in conf.items():
        for key in keys:
            if key not in KEYS.get(section, ()):
                known = [f"{each}.{name}" for each, names in KEYS.items() for name in names]
                near = nearest(f"{section}.{key}", known)
                hint = f"did you mean `{near}`?" if near else ""
                yield f"WSL knows no `{section}.{key}` in `{DISTRIBUTION}`", f"known are {', '.join(known)}", hint


def _first_run(conf: Conf, entries: Entries, read: Read) -> Found:
    oobe = conf.get("oobe", {})
    if not oobe.get("defaultname"):
        yield f"`oobe.defaultName` is missing in `{DISTRIBUTION}`", "a double click needs it", 'wsl.name = "..."'
    command, uid = oobe.get("command", ""), oobe.get("defaultuid", "")
    if not command:
        return
    yield from _kept(entries, command, 0o755)
    yield from _placed("oobe.command", command)
    if uid != UID:
        yield f"`oobe.defaultUid` is {uid or 'missing'}", f"the first user is {UID} under WSL", f"wsl.default-uid = {UID}"
    taken = [row[0] for row in _rows(entries, "/etc/passwd", read) if len(row) > 2 and row[2] == uid]
    if taken:
        yield f"uid {uid} is `{taken[0]}` already", "the first run then makes nobody", "take the user out of the image"


def _needs(rule: WslRule, root: Root, entries: Entries) -> Found:
    """What our first run makes the user with."""
    for path in (*TOOLS, rule.shell):
        if not _leads_to_file(entries, path):
            yield f"the first run needs `{path}`", "the image has none", "add the package that brings it, or say `wsl.command`"
    for group in rule.groups:
        if group not in root.ids.groups:
            near = nearest(group, root.ids.groups)
            hint = f"did you mean `{near}`?" if near else ""
            yield f"`wsl.groups` names `{group}`", "no package of the image declares such a group", hint


def _looks(conf: Conf, entries: Entries) -> Found:
    icon, profile = conf.get("shortcut", {}).get("icon"), conf.get("windowsterminal", {}).get("profiletemplate")
    for key, path in (("shortcut.icon", icon), ("windowsterminal.profileTemplate", profile)):
        if path:
            yield from _kept(entries, path, 0o644)
            yield from _placed(key, path)
    if icon and icon in entries and (not icon.endswith(".ico") or entries[icon].size > ICON_SIZE):
        yield f"`{icon}` is no icon for WSL", f"found {entries[icon].size} bytes, expected NAME.ico of at most 10 MiB", ""


def _placed(key: str, path: str) -> Found:
    if not path.startswith(PLACES):
        yield f"`{key}` is `{path}`", "WSL wants such files below /usr/lib/wsl", f"/usr/lib/wsl/{posixpath.basename(path)}"


def _passwords(entries: Entries, read: Read) -> Found:
    users = list(_rows(entries, "/etc/passwd", read))
    first = next((row[0] for row in users if len(row) > 2 and row[2] == "0"), "")
    if first != "root":
        yield "`/etc/passwd` has no root", f"uid 0 is `{first or 'nobody'}`", "add the package `base-passwd`"
    numbers = [row[2] for row in users if len(row) > 2]
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield f"two users of `/etc/passwd` have uid {number}", "WSL starts sessions by number", "give one another uid"
    for row in _rows(entries, "/etc/shadow", read):
        if len(row) > 1 and row[1].lstrip("!") not in NO_HASH:
            hint = "remove `password` of the user: under WSL nobody logs in by it"
            yield f"`{row[0]}` has a password hash in `/etc/shadow`", "everybody who has the archive could try it", hint


def _rows(entries: Entries, path: str, read: Read) -> Iterator[list[str]]:
    if _is_file(entries, path):
        yield from (line.split(":") for line in read(entries[path]).decode(errors="replace").splitlines() if line)


def _absent(entries: Entries) -> Found:
    if "/etc/resolv.conf" in entries:
        yield "`/etc/resolv.conf` is in the image", "WSL writes it at each start", "[[images.NAME.remove]] paths = [...]"
    for path in entries:
        if any(fnmatch.fnmatchcase(path, glob) for glob in KERNELS):
            yield f"`{path}` is in the image", "the kernel is WSL's own", "leave kernel and initrd packages out"


def _shells(entries: Entries) -> Found:
    for path in ("/bin/sh", "/bin/bash"):
        if not _leads_to_file(entries, path):
            yield f"there is no `{path}`", "WSL starts commands with it", "add the package `bash`"


def _init(entries: Entries) -> Found:
    if not _leads_to_file(entries, "/sbin/init"):
        yield f"`{CONF}` asks for systemd and there is no `/sbin/init`", "WSL starts that path", "add `systemd-sysv`"


def _units(entries: Entries) -> Found:
    wanted = {(match[1], match[2]): path for path in entries if (match := PULLS.fullmatch(path))}
    for (manager, unit), path in sorted(wanted.items()):
        if unit in TROUBLE and not _is_masked(entries, manager, unit):
            hint = f'[[images.NAME.files]] path = "/etc/systemd/{manager}/{unit}", link = "/dev/null"'
            yield f"`{unit}` starts under WSL and does harm there", f"`{path}` pulls it in", hint


def _is_masked(entries: Entries, manager: str, unit: str) -> bool:
    entry = entries.get(f"/etc/systemd/{manager}/{unit}")
    return entry is not None and (entry.target == "/dev/null" or (entry.is_file and not entry.size))


def _is_file(entries: Entries, path: str) -> bool:
    return path in entries and entries[path].is_file


def _leads_to_file(entries: Entries, path: str, steps: int = 40) -> bool:
    """Whether a path is a file once links, also those among its folders, are followed as Linux does, 40 at most."""
    done = "/"
    parts = path.strip("/").split("/")
    for index, part in enumerate(parts):
        here = posixpath.join(done, part)
        entry = entries.get(here)
        if entry is None:
            return False
        if entry.is_link:
            there = posixpath.normpath(posixpath.join(done, entry.target, *parts[index + 1 :]))
            return steps > 0 and _leads_to_file(entries, there, steps - 1)
        done = here
    return _is_file(entries, done)
