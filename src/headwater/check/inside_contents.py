"""Runs in the toolbox's own Python: looks through the files of packages for patterns, and brings the text of some.

JSON on standard input: {"patterns": {words: regular expression}, "packages": [{"path": file, "texts": [path, ...]}, ...]}. One
JSON line for each package: {"found": [[path, words, excerpt], ...], "texts": {path: text}}.
"""

import json
import re
import sys
import zlib
from typing import Any

import rpm

PIECE = 1 << 20  # bytes that are looked at together
OVERLAP = 1 << 10  # what stands across two pieces is found, too
MOST = 256 << 20  # bytes of one file that are looked at
TEXT = 1 << 20  # bytes of a text that is brought
EXCERPT = 80


def main() -> None:
    asked = json.load(sys.stdin)
    patterns = {words: re.compile(text.encode()) for words, text in asked["patterns"].items()}
    transaction = rpm.TransactionSet()
    transaction.setVSFlags(rpm.RPMVSF_MASK_NOSIGNATURES)  # signatures are checked in sign/
    for package in asked["packages"]:
        sys.stdout.write(json.dumps(look(transaction, package["path"], patterns, set(package["texts"]))) + "\n")


def look(transaction: Any, path: str, patterns: Any, texts: set[str]) -> dict[str, Any]:
    file = rpm.fd(path, "r")  # held in a variable: once collected, the payload behind it reads as bad magic
    header = transaction.hdrFromFdno(file)
    payload = rpm.fd(file, "r", header["payloadcompressor"] or "gzip")
    archive = rpm.files(header).archive(payload)
    found: list[tuple[str, str, str]] = []
    brought: dict[str, str] = {}
    for entry in archive:
        if not archive.hascontent():
            continue
        start, seen = b"", dict[str, str]()
        for piece in pieces(archive, entry.size):
            start += piece[: TEXT - len(start)] if entry.name in texts else b""
            for words, pattern in patterns.items():
                match = words not in seen and pattern.search(piece)
                if match:
                    seen[words] = match[0][:EXCERPT].decode(errors="replace")
        found += [(entry.name, words, excerpt) for words, excerpt in seen.items()]
        if entry.name in texts:
            brought[entry.name] = start.decode(errors="replace")
    return {"found": found, "texts": brought}


def pieces(archive: Any, size: int) -> Any:
    """A file's content in pieces that overlap; what gzip packed is unpacked."""
    left, before, unpacked, inflate = min(size, MOST), b"", 0, None
    first = True
    while left:
        piece = archive.read(min(left, PIECE))
        if not piece:
            return
        left -= len(piece)
        if first and piece[:2] == b"\x1f\x8b":
            inflate = zlib.decompressobj(wbits=31)
        first = False
        if inflate:
            try:
                piece = inflate.decompress(piece, MOST - unpacked)
            except zlib.error:
                return
            unpacked += len(piece)
            if unpacked >= MOST:
                left = 0
        yield before + piece
        before = piece[-OVERLAP:]


if __name__ == "__main__":
    main()
