"""Users and groups of an image: systemd-sysusers itself reads the packages' lines and gives the numbers."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterable, Sequence

import msgspec

from headwater.config.images import UserRule
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.image.contents import Contents
from headwater.image.index import Index, file_of
from headwater.image.model import Entry, Ids
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

VERSION = 1  # of what is made of the same lines
LINES = "/usr/lib/sysusers.d"
DATABASES = {"passwd": 0o644, "group": 0o644, "shadow": 0o640, "gshadow": 0o640}
OURS = 'g root 0\nu root 0:0 "Super User" /root\n'  # what every root has, should no package say it


def add_users(index: Index, rules: Sequence[UserRule], epoch: int, toolbox: Toolbox, store: Store) -> Ids:
    """Put /etc/passwd, group, shadow and gshadow into the index and return the numbers."""
    texts = _texts(index, OURS + "".join(map(_lines, rules)), epoch, toolbox, store)
    texts["shadow"] = with_passwords(texts["shadow"], rules)
    ids = Ids(users=numbers(texts["passwd"]), groups=numbers(texts["group"]))
    for name, text in texts.items():
        index[f"/etc/{name}"] = _database(name, text, epoch, ids, store)
    for rule in rules:
        _add_home(index, rule, epoch)
    return ids


def _texts(index: Index, ours: str, epoch: int, toolbox: Toolbox, store: Store) -> dict[str, str]:
    """What systemd-sysusers makes of the packages' files and our lines: looked up, or done."""
    given = [entry for entry in index.values() if _is_read(entry)]
    key = digest_of([VERSION, sorted((entry.path, entry.digest) for entry in given), ours, epoch, toolbox.key])
    known = store.use("users", key)
    if known is None:
        known = store.put("users", key, {}, facts=_run(given, ours, epoch, toolbox, store))
    return msgspec.convert(known.facts, dict[str, str])


def _is_read(entry: Entry) -> bool:
    folder, name = posixpath.split(entry.path)
    read = (folder == "/etc" and name in DATABASES) or (folder == LINES and name.endswith(".conf"))
    return read and entry.is_file


def _run(given: Iterable[Entry], ours: str, epoch: int, toolbox: Toolbox, store: Store) -> dict[str, str]:
    with store.scratch("users") as root:
        for folder in ("/etc", LINES):
            (root / folder[1:]).mkdir(parents=True)
        with Contents(store) as contents:
            for entry in given:
                (root / entry.path[1:]).write_bytes(contents.whole(entry))
        (root / LINES[1:] / "zz-headwater.conf").write_text(ours)
        sandbox.run(
            toolbox,
            ["sh", "-c", "umask 022; exec systemd-sysusers --root=/tmp/root"],
            binds=[sandbox.Bind(source=root, target="/tmp/root", writable=True)],  # noqa: S108 in the sandbox
            env={"SOURCE_DATE_EPOCH": str(epoch)},
            kind=Kind.IMAGE,
            what="systemd-sysusers refused the image's users",
        )
        files = {name: root / "etc" / name for name in DATABASES}
        for file in files.values():
            file.chmod(0o600)  # shadow and gshadow are made with mode 0, and nobody but root reads those
        return {name: file.read_text() for name, file in files.items()}


def _lines(rule: UserRule) -> str:
    comment = rule.reason.replace('"', "'").replace(":", ",")
    line = f'u {rule.name} {rule.uid} "{comment}" {rule.home or "-"} {rule.shell}\n'
    return line + "".join(f"m {rule.name} {group}\n" for group in rule.groups)


def numbers(text: str) -> dict[str, int]:
    """Names and numbers of a file in the format of passwd(5) or group(5)."""
    rows = (line.split(":") for line in text.splitlines() if line.count(":") >= 3)
    return {row[0]: int(row[2]) for row in rows}


def with_passwords(shadow: str, rules: Iterable[UserRule]) -> str:
    """shadow(5) with the declared password hashes; all other accounts stay as they are (locked)."""
    hashes = {rule.name: rule.password for rule in rules if rule.password}
    lines = []
    for line in shadow.splitlines():
        name, _, rest = line.split(":", 2)
        lines.append(f"{name}:{hashes[name]}:{rest}" if name in hashes else line)
    return "".join(f"{line}\n" for line in lines)


def _database(name: str, text: str, epoch: int, ids: Ids, store: Store) -> Entry:
    entry = file_of(f"/etc/{name}", text.encode(), epoch, store, mode=DATABASES[name], by="made:sysusers")
    secret = name in {"shadow", "gshadow"} and "shadow" in ids.groups
    return msgspec.structs.replace(entry, group="shadow") if secret else entry


def _add_home(index: Index, rule: UserRule, epoch: int) -> None:
    if rule.home.startswith("/home/") and rule.home not in index:
        index[rule.home] = Entry(
            path=rule.home,
            mode=stat.S_IFDIR | 0o700,
            user=rule.name,
            group=rule.name,
            mtime=epoch,
            package="made:sysusers",
        )


def check_owners(index: Index, ids: Ids) -> None:
    """Every owner must have a number."""
    problems = []
    for entry in index.values():
        for kind, name, known in (("user", entry.user, ids.users), ("group", entry.group, ids.groups)):
            if name not in known:
                problems.append(
                    Problem(
                        kind=Kind.IMAGE,
                        what=f"`{entry.path}` of `{entry.package}` belongs to {kind} `{name}`, whom nobody declares",
                        why="no sysusers.d line of the image's packages names it",
                        hint="add the package that makes it, or a `sysusers` line by a fix-up",
                    )
                )
    if problems:
        raise Failure(problems)
