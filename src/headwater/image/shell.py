"""A shell in an image: its root laid out to be written to, as the user that it starts as; gone afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Failure, Kind, fail
from headwater.image.container import unpacked
from headwater.image.model import Image
from headwater.store import Store

SHELLS = ("/usr/bin/bash", "/usr/bin/sh", "/busybox/sh")
TWINS = ("debug", "dev")  # how the images are called that others have to be looked into with


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs the shell."""

    uid: int
    gid: int
    home: str


def check_shell(rule: ImageRule) -> None:
    """Refuse kinds of images that cannot be looked into this way, before anything is made. Errors: Failure(USAGE)."""
    if rule.kind not in {ImageKind.OCI, ImageKind.WSL}:
        what = f"image `{rule.name}` has no shell to open from here"
        hint = f"hw image boot {rule.name}" if rule.kind in {ImageKind.DISK, ImageKind.ISO} else "hw image list"
        raise fail(Kind.USAGE, what, why=f"its kind is {rule.kind.value or 'another tool`s'}", hint=hint)


def open_shell(
    image: Image,
    rule: ImageRule,
    words: Sequence[str],
    store: Store,
    *,
    serve: Path | None = None,
    as_root: bool = False,
    names: Iterable[str] = (),
) -> int:
    """Run `words` (none: a shell) with the terminal; returns the exit code. `names` are the images of the project.

    Errors: Failure(IMAGE) where the image has no shell, naming the twin that has.
    """
    with unpacked(image, store, serve=serve) as container:
        found = [path for path in SHELLS if any(entry.path == path for entry in container.root.entries)]
        if not words and not found:
            raise _no_shell(rule.name, names)
        account = _account(container.place, "root" if as_root else rule.oci.user)
        env = {**rule.oci.env, "HOME": account.home}
        inside = list(words) or [found[0]]
        return command.interact(
            container.argv(inside, uid=account.uid, gid=account.gid, env=env, cwd=rule.oci.working_dir or "/")
        )


def _no_shell(name: str, names: Iterable[str]) -> Failure:
    twins = [twin for ending in TWINS if (twin := f"{name}-{ending}") in names]
    what = f"image `{name}` holds no shell"
    why = f"looked for {', '.join(SHELLS)}"
    return fail(Kind.IMAGE, what, why=why, hint=f"hw image shell {twins[0]}" if twins else f"hw image shell {name} -- PROGRAM")


def _account(place: Path, user: str) -> Account:
    """A user of the image by name or number (`USER[:GROUP]`, as OCI's config has it); root for none."""
    name, _, group = user.partition(":")
    for row in _rows(place / "etc/passwd"):
        if (name or "root") in {row[0], row[2]}:
            return Account(uid=int(row[2]), gid=int(group) if group.isdecimal() else int(row[3]), home=row[5] or "/")
    uid = int(name) if name.isdecimal() else 0
    return Account(uid=uid, gid=int(group) if group.isdecimal() else uid, home="/")


def _rows(file: Path) -> Iterator[list[str]]:
    if file.is_file() and not file.is_symlink():
        for line in file.read_text(errors="replace").splitlines():
            row = line.split(":")
            if len(row) == 7 and row[2].isdecimal() and row[3].isdecimal():
                yield row
