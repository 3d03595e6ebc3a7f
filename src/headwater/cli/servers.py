"""Which servers a user names for builds, and what lets them in: options, then the environment, then their own configuration.

A command line is seen by everybody on the machine, so nothing secret can be said there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from headwater.config import CacheRule

if TYPE_CHECKING:
    from headwater.engine import Server

NOBODY = frozenset({"", "local", "none"})  # as a URL: none, whatever the configuration says


def server_of(table: str, given: str | None, rule: CacheRule, environment: Mapping[str, str]) -> Server | None:
    """The server that an option or variable (`given`) or a user's table (`rule`) names; None where none is meant.

    What lets in goes with a table's own `url` only: another one that was `given` is told no token of it.
    """
    url = rule.url if given is None else given
    if url in NOBODY:
        return None
    from headwater.engine import Server  # noqa: PLC0415 only for who names one

    own = rule if not rule.url or url == rule.url else CacheRule()
    prefix = f"HEADWATER_{table.upper()}_"

    def path(name: str, otherwise: str) -> Path | None:
        said = environment.get(prefix + name) or otherwise
        return Path(said) if said else None

    variable = f"{prefix}TOKEN"
    return Server(
        url=url,
        table=table,
        ca=path("CA", own.ca),
        certificate=path("CERTIFICATE", own.certificate),
        key=path("KEY", own.key),
        token_file=path("TOKEN_FILE", "" if environment.get(variable) else own.token_file),
        token_variable=variable if environment.get(variable) else "",
    )
