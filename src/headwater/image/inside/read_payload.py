"""Runs in the toolbox: reads packages' payloads with every digest checked, and writes each as one pack and one list of entries.

Standard input is JSON: a list of {"rpm": path, "pack": path, "index": path}. Only python3-rpm reads rpm 6 payloads with numeric
modes, capabilities and hard links whole.
"""

import hashlib
import json
import stat
import sys
from typing import Any

import rpm  # the toolbox's Python has it

GHOST = 64  # RPMFILE_GHOST: listed, not packed


def read(job: dict[str, str]) -> None:
    descriptor = rpm.fd.open(job["rpm"])  # must stay alive as long as the payload is read
    transaction = rpm.TransactionSet()
    transaction.setVSFlags(rpm._RPMVSF_NOSIGNATURES)  # noqa: SLF001 its only name; signatures are checked before
    header = transaction.hdrFromFdno(descriptor)
    files = rpm.files(header)
    payload = rpm.fd.open(descriptor, flags=header["payloadcompressor"])
    package = header["name"]
    with open(job["pack"], "wb") as pack:  # noqa: PTH123 plain script
        entries, contents = unpack(files.archive(payload, write=False), pack, package)
    for entry in entries:
        if entry.get("links"):  # content comes with the last of a group
            entry.update(contents[entry["links"]])
    entries.sort(key=lambda entry: entry["path"])
    with open(job["index"], "w", encoding="utf-8", errors="strict") as index:  # noqa: PTH123 plain script
        json.dump({"package": package, "buildtime": header["buildtime"], "entries": entries}, index)


def unpack(archive: Any, pack: Any, package: str) -> tuple[list[dict[str, Any]], dict[int, dict[str, Any]]]:
    entries, contents = [], {}
    for file in archive:
        if file.fflags & GHOST:
            continue
        entry = describe(file, package)
        entries.append(entry)
        if archive.hascontent():
            content = copy(archive, file.size, pack)
            entry.update(content)
            contents[entry.get("links", 0)] = content
        elif stat.S_ISREG(file.mode) and "links" not in entry:
            entry.update(copy(archive, 0, pack))
    return entries, contents


def describe(file: Any, package: str) -> dict[str, Any]:
    entry = {
        "path": file.name,
        "mode": file.mode & 0xFFFF,
        "user": file.user,
        "group": file.group,
        "mtime": file.mtime,
        "package": package,
    }
    if stat.S_ISLNK(file.mode):
        entry["target"] = file.linkto
    if stat.S_ISREG(file.mode) and file.nlink > 1:
        entry["links"] = file.inode
    if file.caps:
        entry["caps"] = file.caps
    return entry


def copy(archive: Any, size: int, pack: Any) -> dict[str, Any]:
    offset, left, hasher = pack.tell(), size, hashlib.sha256()
    while left:
        chunk = archive.read(min(left, 1 << 20))
        if not chunk:
            sys.exit("payload ends early")
        pack.write(chunk)
        hasher.update(chunk)
        left -= len(chunk)
    return {"offset": offset, "size": size, "digest": hasher.hexdigest()}


for work in json.load(sys.stdin):
    read(work)
