"""The `sources` file of a dist-git: which archives, by which digest; with the project's own entries merged in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from headwater.config.model import SourceFile
from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin

NAME = "sources"
MOST = 4 << 20  # bytes of the file
DIGITS = {"SHA512": 128, "SHA256": 64, "MD5": 32}  # hexadecimal; MD5 only where upstream itself still has it
_MODERN = re.compile(r"([A-Z0-9]+)\s+\(([^)]+)\)\s+=\s+([a-fA-F0-9]+)")
_LEGACY = re.compile(r"([a-fA-F0-9]+)\s+(\S+)")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it stands (`raw`), and the archive that it names; a comment or an empty line names none."""

    raw: str
    filename: str = ""
    hash_type: str = ""  # a key of DIGITS
    hash: str = ""  # lower case

    @property
    def legacy(self) -> str:
        """The line as the key of a re-pin; empty unless its digest is an MD5."""
        return f"{self.hash}  {self.filename}" if self.hash_type == "MD5" else ""


def parse(content: bytes, where: Origin | None = None) -> tuple[Line, ...]:
    """Every line, in order. Raises Failure(SOURCE) with all that is wrong.

    `where` names the file; each Problem has its line there.
    """
    if len(content) > MOST:
        raise fail(Kind.SOURCE, "`sources` is too large", where=where, why=f"{MOST:,} bytes at most are read")
    lines: list[Line] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for number, raw in enumerate(content.decode(errors="surrogateescape").removesuffix("\n").split("\n"), start=1):
        line, bad = _parse_line(raw)
        if line.filename and (before := first.setdefault(line.filename, number)) != number:
            bad = f"`{line.filename}` stands in line {before} already"
        if bad:
            place = Origin(file=where.file if where else NAME, line=number)
            problems.append(Problem(kind=Kind.SOURCE, what="`sources` can not be read", where=place, why=bad))
        lines.append(line)
    if problems:
        raise Failure(problems)
    return tuple(lines) if content else ()


def write(lines: Sequence[Line]) -> str:
    """The file's text; lines that were parsed come out as they were."""
    return "".join(f"{line.raw}\n" for line in lines)


def entry(filename: str, hash_type: str, digest: str) -> Line:
    """A line of the modern form."""
    return Line(raw=f"{hash_type} ({filename}) = {digest}", filename=filename, hash_type=hash_type, hash=digest.lower())


def names_of(text: str) -> tuple[str, ...]:
    """The files that a list names."""
    return tuple(line.filename for line in parse(text.encode(errors="surrogateescape")) if line.filename)


def relist(text: str, digests: Mapping[str, tuple[str, str]]) -> str:
    """The list with other digests for some of its files: type and hexadecimal digest by name."""
    lines = (
        entry(line.filename, *digests[line.filename]) if line.filename in digests else line
        for line in parse(text.encode(errors="surrogateescape"))
    )
    return write(tuple(lines))


def merge(lines: Sequence[Line], source_files: Iterable[SourceFile], found: Mapping[str, str]) -> tuple[Line, ...]:
    """Upstream's lines with the project's `source-files`: put in the place of upstream's where they say so, else appended.

    `found` has the SHA-512 of files that were made or fetched, for entries that name no hash. Raises Failure(CONFIG) for a name
    that upstream has, too, for one to replace that it has not, and for an entry without a hash.
    """
    merged = list(lines)
    at = {line.filename: number for number, line in enumerate(lines) if line.filename}
    problems: list[Problem] = []
    for source in source_files:
        new, bad = _entry_of(source, found)
        if source.replace_upstream and source.filename not in at:
            bad = "it is to replace upstream's file of that name, and upstream has none"
        elif source.filename in at and not source.replace_upstream:
            bad = "upstream has a file of that name"
        if bad:
            problems.append(_clash(source, bad))
        elif source.filename in at:
            merged[at[source.filename]] = new
        else:
            merged.append(new)
    if problems:
        raise Failure(problems)
    return tuple(merged)


def bad_filename(name: str) -> str:
    """What is wrong with a file's name, as azldev judges it; empty if nothing."""
    if name in {"", ".", ".."} or "/" in name or "\\" in name:
        return f"`{name}` leads out of the folder"
    if not name.isascii() or not name.isprintable() or " " in name or name.startswith("-"):
        return f"`{ascii(name)[1:-1]}` is no plain name"
    return ""


def _parse_line(raw: str) -> tuple[Line, str]:
    text = raw.strip()
    if not text or text.startswith("#"):
        return Line(raw=raw), ""
    if modern := _MODERN.fullmatch(text):
        hash_type, filename, digest = modern.groups()
    elif legacy := _LEGACY.fullmatch(text):
        hash_type, digest, filename = "MD5", *legacy.groups()
    else:
        return Line(raw=raw), "found neither `HASHTYPE (file) = hash` nor `md5  file`"
    bad = bad_filename(filename)
    if not bad and len(digest) != DIGITS.get(hash_type):
        bad = f"`{hash_type}` of {len(digest)} digits is no digest that counts; SHA512, SHA256 and MD5 do"
    return Line(raw=raw, filename=filename, hash_type=hash_type, hash=digest.lower()), bad


def _entry_of(source: SourceFile, found: Mapping[str, str]) -> tuple[Line, str]:
    if source.hash:
        return entry(source.filename, source.hash_type.upper(), source.hash), ""
    if source.filename in found:
        return entry(source.filename, "SHA512", found[source.filename]), ""
    return Line(raw=""), "it has no hash"


def _clash(source: SourceFile, why: str) -> Problem:
    hint = "" if source.replace_upstream else 'replace-upstream = true, replace-reason = "..."'
    return Problem(
        kind=Kind.CONFIG,
        what=f"`{source.filename}` does not fit into upstream's `sources`",
        where=source.where,
        why=why,
        hint=source.how_to_hash() if why == "it has no hash" else hint,
    )
