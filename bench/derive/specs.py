"""Reads, classifies and prints back every spec below a folder: what specs.go does with azldev's library."""

import os
import sys

from headwater.spec import parse

read = lines = printed = 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".spec"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape", newline="") as file:  # noqa: PTH118, PTH123 as lean as Go's walk
                document = parse(file.read())
            assert document.sections
            lines += len(document.roles)
            printed += len(document.text)
            read += 1
print(read, lines, printed)
