"""What must not be given away: private keys and tokens in contents, and files whose very name says that they are one machine's.

The patterns are text, so that whoever reads contents elsewhere (inside the toolbox) looks for the same.
"""

from __future__ import annotations

import re

NAMED = (
    (re.compile(r"/etc/ssh/ssh_host_[a-z0-9]+_key"), "a host's key, which every copy of the image would share"),
    (re.compile(r".*/random-seed"), "a random seed, which every copy of the image would begin with"),
    (re.compile(r"/var/lib/systemd/credential\.secret"), "the key of a machine's credentials"),
)
_ANY_NAME = re.compile("|".join(name.pattern for name, _ in NAMED))  # most paths are none of them
PRIVATE_KEY = r"(?m)^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s"
# Tokens that their issuers made to be found: a fixed beginning, a fixed length or alphabet. Others would be guessing.
TOKENS = {
    "of AWS": r"\b(?:AKIA|ASIA)(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b",
    "of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})\b",
    "of GitLab": r"\bglpat-[A-Za-z0-9_-]{20}\b",
    "of Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "of npm": r"\bnpm_[A-Za-z0-9]{36}\b",
    "of PyPI": r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    "of Slack": r"\bxox[abprs]-[0-9]{10,13}-[0-9A-Za-z-]{20,}",
}
PATTERNS = {"holds a private key": PRIVATE_KEY, **{f"holds a token {whose}": text for whose, text in TOKENS.items()}}
OPENPGP = re.compile(rb"[\x94-\x97\xc5\xc7]")  # first byte of a secret key's or subkey's packet, RFC 9580 4.2
_FOUND = {words: re.compile(text.encode()) for words, text in PATTERNS.items()}


def secrets_in(path: str, content: bytes) -> tuple[str, ...]:
    """What a file gives away, in words (`holds a private key`); the path says what kind of file it is."""
    packet = ("holds a private key",) if path.endswith((".pgp", ".gpg")) and OPENPGP.match(content) else ()
    return packet or tuple(words for words, pattern in _FOUND.items() if pattern.search(content))


def secret_by_name(path: str) -> str:
    """What a file is by its place alone; empty where that says nothing."""
    return next((what for name, what in NAMED if name.fullmatch(path)), "") if _ANY_NAME.fullmatch(path) else ""
