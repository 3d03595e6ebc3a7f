"""Files with holes: bytes that nobody wrote, which read as zeros and take no room. Disks are mostly that."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import IO

BLOCK = 512  # bytes of what stat(2) counts
CHUNK = 1 << 18  # bytes read at a time: what stays near the processor while it is digested
_ZEROS = memoryview(bytes(CHUNK))


def has_holes(file: IO[bytes]) -> bool:
    """Whether a file takes less room than it has bytes."""
    told = os.fstat(file.fileno())
    return told.st_blocks * BLOCK < told.st_size


def data_of(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Where something was written, from byte to byte (lseek(2), SEEK_DATA); the position in the file moves."""
    end = 0
    while True:
        try:
            begin = os.lseek(file.fileno(), end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing more up to the end
                return
            raise
        end = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
        yield begin, end


def copy_into(source: IO[bytes], target: IO[bytes], begin: int = 0) -> None:
    """Copy a file into another one, from its byte `begin` on; holes are skipped. The kernel copies, or shares what it can."""
    for start, end in data_of(source):
        at = start
        while at < end:
            try:
                at += os.copy_file_range(source.fileno(), target.fileno(), end - at, at, begin + at)
            except OSError as error:
                if error.errno not in {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
                    raise
                os.lseek(target.fileno(), begin + at, os.SEEK_SET)  # between file systems of different kinds
                at += os.sendfile(target.fileno(), source.fileno(), at, end - at)


def copy(source: IO[bytes], place: Path) -> None:
    """Copy a file to a new one, of the same size and with the same holes."""
    with place.open("xb") as target:
        os.truncate(target.fileno(), os.fstat(source.fileno()).st_size)
        copy_into(source, target)


def chunks_of(file: FileIO) -> Iterator[memoryview]:
    """All bytes of a file; a chunk is gone when the next one is asked for.

    Holes are not read: the kernel would find memory for each page of zeros.
    """
    size = os.fstat(file.fileno()).st_size
    buffer = memoryview(bytearray(min(size, CHUNK) or CHUNK))
    if not has_holes(file):
        while length := file.readinto(buffer):  # to the end, wherever it is by now
            yield buffer[:length]
        return
    done = 0
    for begin, end in [*data_of(file), (size, size)]:
        while done < begin:
            yield (zeros := _ZEROS[: begin - done])
            done += len(zeros)
        os.lseek(file.fileno(), begin, os.SEEK_SET)
        while done < end and (length := file.readinto(buffer[: end - done])):
            yield buffer[:length]
            done += length
