"""Debian's control paragraphs (Policy chapter 5): `Field: value`, continuation lines begin with a blank."""

from __future__ import annotations

from collections.abc import Iterator

MOST_FIELDS = 500


def parse_paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Every paragraph with its field names in lower case; continuation lines keep what follows their first blank."""
    fields: dict[str, str] = {}
    last = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t" and last:
            fields[last] += "\n" + line[1:].rstrip()
        else:
            name, colon, value = line.partition(":")
            if not colon or not name.strip() or len(fields) >= MOST_FIELDS:
                raise ValueError(f"{line[:60]!r} is no field of a control file")
            last = name.strip().lower()
            fields[last] = value.strip()


def description(fields: dict[str, str]) -> tuple[str, str]:
    """The summary and the text of a Description field; a lone dot stands for an empty line."""
    summary, _, text = fields.get("description", "").partition("\n")
    return summary.strip(), "\n".join("" if line.strip() == "." else line for line in text.splitlines())


def source(fields: dict[str, str]) -> tuple[str, str]:
    """Name and version of the source package: `Source: name (version)`, both left out where they equal the package's."""
    name, _, version = fields.get("source", "").partition(" ")
    return name or fields["package"], version.strip(" ()") or fields["version"]
