"""Canonical JSON and content digests: the identity of every value in the house.

A digest is a lower-case hexadecimal SHA-256 (64 characters) unless a name says otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from headwater.sparse import chunks_of


def canonical_json(value: Any) -> bytes:
    """Encode structs, mappings and sequences as UTF-8 JSON with sorted keys and no white space (like RFC 8785)."""
    return msgspec.json.encode(value, order="sorted")


def digest_of(value: Any) -> str:
    """Digest of a value's canonical JSON."""
    return digest_bytes(canonical_json(value))


def digest_bytes(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path, algorithm: str = "sha256") -> str:
    """Digest of a file's content; `algorithm` is any name hashlib knows, such as `sha512`."""
    return _read(path, algorithm).hexdigest()


def digests_with(path: Path, tail: bytes) -> tuple[str, str]:
    """Digests of a file's content, and of the same with `tail` after it."""
    hasher = _read(path, "sha256")
    whole = hasher.copy()
    whole.update(tail)
    return hasher.hexdigest(), whole.hexdigest()


def _read(path: Path, algorithm: str) -> hashlib._Hash:
    hasher = hashlib.new(algorithm)
    with path.open("rb", buffering=0) as file:
        for chunk in chunks_of(file):
            hasher.update(chunk)
    return hasher


def digests_of(files: Iterable[Path]) -> dict[str, str]:
    """Digests of files by path."""
    return {str(path): digest_file(path) for path in files}


def are_as_they_were(digests: Mapping[str, str]) -> bool:
    """Whether all files are there, with the digests that they had."""
    return all(Path(path).is_file() and digest_file(Path(path)) == digest for path, digest in digests.items())


DOCUMENTATION = frozenset({"where", "description", "reason"})  # fields that explain a value and are no part of it


def identity_of(value: Any, leave_out: frozenset[str] = DOCUMENTATION) -> str:
    """Digest of a value without its documentation fields, so that a better reason rebuilds nothing."""
    return digest_of(_without(msgspec.to_builtins(value), leave_out))


def _without(value: Any, leave_out: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, leave_out) for key, inner in value.items() if key not in leave_out}
    if isinstance(value, list | tuple):
        return [_without(inner, leave_out) for inner in value]
    return value
