"""Paths out of archives that nobody vouches for: checked, absolute, and moved to where a merged /usr has them."""

from __future__ import annotations

LONGEST = 4000  # bytes of a path; Linux takes 4095
MERGED = frozenset({"bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"})


def clean(name: str) -> str:
    """The absolute path that an archive member `./usr/x` or `usr/x` names, `/` for the root; ValueError where it is unsafe."""
    if name.startswith("/"):
        raise ValueError("the path is absolute")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ValueError("the path leaves the root")
    if any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise ValueError("the path has control characters")
    if len(name.encode(errors="surrogateescape")) > LONGEST:
        raise ValueError(f"the path is longer than {LONGEST} bytes")
    return "/" + "/".join(parts)


def merge_usr(path: str) -> str:
    """`/bin/x` is `/usr/bin/x`; `/bin` itself stays, for the package that owns the link of that name."""
    first, _, rest = path[1:].partition("/")
    return f"/usr/{first}/{rest}" if rest and first in MERGED else path


def parents(path: str) -> list[str]:
    """Every directory above a path, outermost first, without the root."""
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))]
