"""Runs in the toolbox's own Python: takes wanted file contents out of packages, each checked, named by SHA-256 in `/run/out`.

JSON on standard input: a list of [path of a package, [wanted SHA-256, ...]].
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import rpm

OUT = Path("/run/out")
PIECE = 1 << 20  # bytes


def main() -> None:
    transaction = rpm.TransactionSet()
    transaction.setVSFlags(rpm.RPMVSF_MASK_NOSIGNATURES)  # signatures are checked in sign/, before
    for path, wanted in json.load(sys.stdin):
        take(transaction, path, set(wanted))


def take(transaction: Any, path: str, wanted: set[str]) -> None:
    file = rpm.fd(path, "r")  # held in a variable: once collected, the payload behind it reads as bad magic
    header = transaction.hdrFromFdno(file)
    payload = rpm.fd(file, "r", header["payloadcompressor"] or "gzip")
    entries = rpm.files(header)
    archive = entries.archive(payload)
    for entry in archive:
        if entry.digest in wanted and archive.hascontent():
            keep(archive, entry)
            wanted.remove(entry.digest)
            if not wanted:
                break


def keep(archive: Any, entry: Any) -> None:
    hasher, left = hashlib.sha256(), entry.size
    with (OUT / entry.digest).open("wb") as target:
        while left:
            piece = archive.read(min(left, PIECE))
            if not piece:
                break
            left -= len(piece)
            hasher.update(piece)
            target.write(piece)
    if hasher.hexdigest() != entry.digest:
        sys.exit(f"{entry.name}: its content does not have the digest that the header names")


if __name__ == "__main__":
    main()
