"""What the words for locks of packages have in common: what moved is shown, the lock written, and who is not in it told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.errors import Kind, Problem, fail
from headwater.rpm.lock import LockMove

FEW = 6  # holders that a table names before it counts them


def settle(
    setting: Setting,
    place: Path,
    moved: Sequence[LockMove],
    write: Callable[[], None],
    *,
    holders: str,
    nothing: str,
    check_only: bool,
    word: str,
) -> None:
    """Show what moved and `write` the lock, or with `check_only` raise Failure(DRIFT) where it is not up to date.

    `holders` heads the column of those whose packages moved; `nothing` is said where none did; `word` writes the lock anew.
    """
    settled = place.is_file() and not moved
    if not (check_only or setting.dry_run or settled):
        write()
    if moved or setting.style != "table":
        rows = [(one.package, one.change, one.before, one.after, _few(setting, one.groups)) for one in moved]
        show_table(("package", "change", "before", "after", holders), rows, setting.style)
    else:
        show_text(f"nothing to do: {nothing} are locked as they should be")
    if check_only and not settled:
        why = f"{len(moved)} packages moved" if moved else "it was never written"
        raise fail(Kind.DRIFT, f"`{place.name}` is not up to date", why=why, hint=word)


def _few(setting: Setting, holders: Sequence[str]) -> Sequence[str]:
    if setting.style == "table" and len(holders) > FEW:
        return [*holders[:FEW], f"{len(holders) - FEW} more"]
    return holders


def unlocked(loose: Sequence[str], kind: Kind, lock: str, word: str) -> tuple[Problem, ...]:
    """What to say of those that a lock does not know; nothing where there are none."""
    if not loose:
        return ()
    told = ", ".join(f"`{name}`" for name in loose)
    why = "its packages are chosen anew each time" if len(loose) == 1 else "their packages are chosen anew each time"
    return (Problem(kind=kind, what=f"{told}: not in {lock}", why=why, hint=f"{word} {' '.join(loose)}"),)
