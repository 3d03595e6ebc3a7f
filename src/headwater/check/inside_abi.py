"""Runs in the toolbox's own Python: unpacks libraries, headers and debug information of two versions; abidiff compares them.

JSON on standard input: {"before": [packages], "after": [packages], "libraries": {soname: [path before, path after]}}. JSON on
standard output: {soname: [exit code of abidiff, its report]}.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import rpm

WORK = Path("/tmp/abi")  # noqa: S108 in the sandbox
WANTED = ("/usr/lib/debug/", "/usr/include/")
PIECE = 1 << 20  # bytes
REPORT = 1 << 16  # letters


def main() -> None:
    asked = json.load(sys.stdin)
    for number, side in enumerate(("before", "after")):
        libraries = {paths[number] for paths in asked["libraries"].values()}
        for package in asked[side]:
            unpack(package, WORK / side, libraries)
    found = {soname: compare(*paths) for soname, paths in sorted(asked["libraries"].items())}
    sys.stdout.write(json.dumps(found))


def unpack(path: str, root: Path, libraries: set[str]) -> None:
    file = rpm.fd(path, "r")  # held in a variable: once collected, the payload behind it reads as bad magic
    transaction = rpm.TransactionSet()
    transaction.setVSFlags(rpm.RPMVSF_MASK_NOSIGNATURES)  # signatures are checked in sign/
    header = transaction.hdrFromFdno(file)
    payload = rpm.fd(file, "r", header["payloadcompressor"] or "gzip")
    archive = rpm.files(header).archive(payload)
    for entry in archive:
        wanted = entry.name in libraries or entry.name.startswith(WANTED)
        place = Path(os.path.normpath(f"{root}/{entry.name}"))
        if not wanted or not place.is_relative_to(root):
            continue
        if archive.hascontent():
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as target:
                left = entry.size
                while left and (piece := archive.read(min(left, PIECE))):
                    left -= len(piece)
                    target.write(piece)


def compare(before: str, after: str) -> Any:
    words = ["abidiff", "--no-show-locs", "--no-added-syms"]
    for number, side in enumerate(("before", "after"), start=1):
        for option, folder in (("d", "usr/lib/debug"), ("hd", "usr/include")):
            if (WORK / side / folder).is_dir():
                words += [f"--{'debug-info-dir' if option == 'd' else 'headers-dir'}{number}", str(WORK / side / folder)]
    done = subprocess.run(
        [*words, f"{WORK}/before{before}", f"{WORK}/after{after}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return [done.returncode, done.stdout[:REPORT].decode(errors="replace")]


if __name__ == "__main__":
    main()
