"""Did you mean: the known name nearest to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.errors import Kind, Problem
from headwater.origin import Origin


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, if any does."""
    import difflib  # noqa: PLC0415 only for what is unknown

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown_name(sort: str, name: str, known: Iterable[str], kind: Kind, where: Origin | None = None) -> Problem:
    """The Problem of a name that nothing has."""
    names = sorted(known)
    close = nearest(name, names)
    listed = ", ".join(f"`{one}`" for one in names[:12]) + (" ..." if len(names) > 12 else "")
    hint = f"did you mean `{close}`?" if close else ""
    return Problem(kind=kind, what=f"no {sort} is called `{name}`", where=where, why=f"known: {listed or 'none'}", hint=hint)
