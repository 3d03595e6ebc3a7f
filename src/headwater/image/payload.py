"""What a medium installs: the partitions of ready disks, and the rules by which systemd-repart writes them anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from headwater.image.model import Image
from headwater.image.workbench import WORK, Workbench

PAYLOAD = "payload.squashfs"
MOUNTED = "/run/payload"  # where the installer has it
SECTOR = 512
COMPRESSION = ("-comp", "zstd", "-Xcompression-level", "9", "-b", "1M")


def write_payload(images: Sequence[Image], bench: Workbench) -> None:
    """Make `payload.squashfs` with a directory NAME for each disk image.

    It holds `size` (bytes that the disk needs), the partitions as N.img, and `repart.d` with the rules (repart.d(5)).
    """
    top = bench.work / "payload"
    top.mkdir()
    for image in images:
        _lay_out(image, top / image.name, bench)
    for path in (top, *top.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        bench.age(str(path.relative_to(bench.work)))
    bench.run(
        "mksquashfs", f"{WORK}/payload", f"{WORK}/{PAYLOAD}", "-noappend", "-quiet", "-no-progress", "-all-root", "-no-xattrs",
        "-no-exports", *COMPRESSION,
    )  # fmt: skip


def _lay_out(image: Image, place: Path, bench: Workbench) -> None:
    raw = image.artefact("raw").path
    seen = bench.show(raw)
    (place / "repart.d").mkdir(parents=True)
    (place / "size").write_text(f"{raw.stat().st_size}\n")
    table = msgspec.json.decode(bench.run("sfdisk", "--json", seen))["partitiontable"]
    for number, part in enumerate(table["partitions"], 1):
        file = f"{image.name}/{number}.img"
        begin, size = part["start"] * SECTOR, part["size"] * SECTOR
        bench.run("dd", f"if={seen}", f"of={WORK}/payload/{file}", "bs=1M", "iflag=skip_bytes,count_bytes", f"skip={begin}",
                  f"count={size}", "conv=sparse", "status=none")  # fmt: skip
        (place / "repart.d" / f"{number}0.conf").write_text(rule_of(part, size, f"{MOUNTED}/{file}"))


def rule_of(part: dict[str, Any], size: int, file: str) -> str:
    """The rule that writes a partition anew, from what `sfdisk --json` says of it; `size` in bytes."""
    lines = {
        "Type": part["type"],
        "Label": part["name"].replace("%", "%%"),
        "UUID": part["uuid"],
        "CopyBlocks": file,
        "SizeMinBytes": str(size),
        "SizeMaxBytes": str(size),
    }
    return "[Partition]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())
