"""What the tables of servers must say, and in whose files they may stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from headwater.config.findings import Findings
from headwater.config.reader import Table
from headwater.config.servers import TABLES, CacheRule, EngineRule

SIZE = re.compile(r"[1-9][0-9]{0,14}[KMGT]?")
URL = re.compile(r"grpcs?://[^\s/@]+(?:/\S*)?")


def server(rule: CacheRule, findings: Findings) -> None:
    if rule.url and not URL.fullmatch(rule.url):
        why = "expected grpc://HOST:PORT/INSTANCE, or grpcs:// for TLS"
        findings.blame(rule, "url", f"`{rule.url}` is no server", why=why)


def size(rule: EngineRule, findings: Findings) -> None:
    if not SIZE.fullmatch(rule.size):
        findings.blame(
            rule, "size", f"`{rule.size}` is no size", why="expected bytes, or a number with K, M, G or T", hint='"20G"'
        )


def personal(table: Table, findings: Findings) -> None:
    """A project that could name a server would choose where a user's sources and tokens go."""
    for name in TABLES:
        if name in table:
            why = "who clones a project would send what they build, and their token, to a server of its choice"
            hint = f"move it to ~/.config/headwater/config.toml, or say --{name} URL"
            findings.add(table.place(name), f"`{name}` stands in a project", why=why, hint=hint)


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [((CacheRule,), server), ((EngineRule,), size)]
