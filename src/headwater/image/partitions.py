"""Ready file systems become a disk: systemd-repart writes the table (GPT) and copies them in, without any device."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence

import msgspec

from headwater.image.workbench import WORK, Workbench

MIB = 1 << 20
FAT32 = 40 * MIB  # the smallest that mkfs.vfat takes, with room


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` as systemd-repart names it, `file` in the workbench; `size` in bytes, 0 for the file's own.

    One without a file is left empty, for who has its file system later, or writes it where it is.
    """

    kind: str
    label: str
    identity: str
    file: str = ""
    size: int = 0


def esp_room(content: int, least: int) -> int:
    """Bytes of an EFI system partition for files of `content` bytes: at least `least`, and whole MiB."""
    return -(-max(least, content + 8 * MIB, FAT32) // MIB) * MIB


def make_esp(files: Mapping[str, str], volume: str, bench: Workbench, *, size: int = 0, least: int = 0) -> None:
    """Make `esp.img`, a FAT file system: `files` of the workbench by their path in it.

    `size` in bytes; without, it is what the files need and at least `least`.
    """
    for path, name in files.items():
        place = bench.work / "esp" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.hardlink_to(bench.work / name)
    with (bench.work / "esp.img").open("wb") as file:
        file.truncate(size or esp_room(sum((bench.work / name).stat().st_size for name in files.values()), least))
    inside = sorted(str(path.relative_to(bench.work)) for path in (bench.work / "esp").rglob("*"))
    bench.age(*inside)
    bench.run("mkfs.vfat", "--invariant", "-i", volume, "-F", "32", "-n", "ESP", f"{WORK}/esp.img")
    tops = sorted(path.name for path in (bench.work / "esp").iterdir())
    bench.run("mcopy", "-sQ", "-i", f"{WORK}/esp.img", *(f"{WORK}/esp/{top}" for top in tops), "::/")
    shutil.rmtree(bench.work / "esp")
    bench.age("esp.img")


def join(partitions: Sequence[Partition], identity: str, free: int, bench: Workbench) -> tuple[int, ...]:
    """Make `disk.raw` of these partitions and `free` bytes behind them; returns where in it each begins, in bytes.

    It has whole MiB, as Azure wants it: one more before the partitions, one after them for the second table.
    """
    rules = bench.work / "repart.d"
    rules.mkdir()
    sizes = [one.size or -(-(bench.work / one.file).stat().st_size // MIB) * MIB for one in partitions]
    for number, (one, size) in enumerate(zip(partitions, sizes, strict=True)):
        text = f"[Partition]\nType={one.kind}\nLabel={one.label}\nUUID={one.identity}\n"
        text += f"CopyBlocks={WORK}/{one.file}\n" if one.file else ""
        (rules / f"{number}0-{one.kind}.conf").write_text(f"{text}SizeMinBytes={size}\nSizeMaxBytes={size}\n")
    whole = sum(sizes) + free + 2 * MIB
    told = bench.run("systemd-repart", "--offline=yes", "--empty=create", f"--size={whole}", f"--seed={identity}",
                     "--dry-run=no", "--json=short", f"--definitions={WORK}/repart.d", f"{WORK}/disk.raw")  # fmt: skip
    bench.run("fallocate", "--dig-holes", f"{WORK}/disk.raw")  # what nothing was written to costs nothing to keep
    return tuple(one["offset"] for one in json.loads(told))
