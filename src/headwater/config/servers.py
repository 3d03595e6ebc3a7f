"""Servers of the Remote Execution API, all ours: where actions run and whose results count. A user says it, never a project."""

from headwater.config.ground import LocalPath, Rule

TABLES = ("engine", "cache")


class CacheRule(Rule, frozen=True, kw_only=True):
    """A server, and what lets us in."""

    url: str = ""
    ca: LocalPath = ""
    certificate: LocalPath = ""
    key: LocalPath = ""
    token_file: LocalPath = ""


class EngineRule(CacheRule, frozen=True, kw_only=True):
    """`size` is what this machine's own engine keeps at most; what is used least goes first."""

    size: str = "20G"
