"""Addresses out of templates: each value is escaped, and what comes out is an address and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from headwater.upstream.hosts import Refused

PLACEHOLDERS = ("$pkg", "$filename", "$hashtype", "$hash")
PROTOCOLS = ("https", "http", "file", "git")
_PLACEHOLDER = re.compile(r"\$(pkg|filename|hashtype|hash)")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@-]*")


def fill(template: str, **values: str) -> str:
    """A template with its placeholders filled in; values are path-escaped as Go's url.PathEscape does. Raises Refused.

    A value that itself holds a placeholder is refused: what came out would depend on the order of replacement.
    """
    for value in values.values():
        if held := next((one for one in PLACEHOLDERS if one in value), None):
            raise Refused(f"`{value}` holds the placeholder `{held}`")
    return _PLACEHOLDER.sub(lambda found: quote(values.get(found[1], found[0]), safe="$&+=:@"), template)


def check_url(url: str) -> str:
    """The address, if it is one that may be given to a program. Raises Refused."""
    if url.startswith("-") or not url.isprintable() or " " in url:
        raise Refused(f"`{url}` is no address")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Refused(f"`{url}` is no address ({error})") from None
    if parts.password:
        raise Refused("an address with a password would be told to everybody; git's credential helpers and netrc keep one")
    if parts.scheme not in PROTOCOLS:
        raise Refused(f"`{url}` is not of {', '.join(PROTOCOLS)}")
    if bool(parts.hostname) == (parts.scheme == "file"):
        raise Refused(f"`{url}` " + ("names a host" if parts.hostname else "names no host"))
    return url


def place_of(url: str) -> Path | None:
    """Where on this machine an address leads; None for one of a server."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


def check_branch(name: str) -> str:
    """The name of a branch or tag, if git may see it (git-check-ref-format). Raises Refused."""
    if not name:
        raise Refused("the distribution's version names no `dist-git-branch`")
    bad = not _BRANCH.fullmatch(name) or ".." in name or "@{" in name or "//" in name or name.endswith((".", "/", ".lock"))
    if bad or "/." in name or ".lock/" in name:
        raise Refused(f"`{name}` is no name of a branch")
    return name
