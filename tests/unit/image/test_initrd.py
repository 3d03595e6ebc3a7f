import io

import zstandard

from headwater.image.initrd import write_cpio, write_initrd


def members(data):
    """Names, modes and bodies, read as the kernel's initramfs buffer format says."""
    position = 0
    while True:
        assert data[position : position + 6] == b"070701"
        fields = [int(data[position + 6 + 8 * n : position + 14 + 8 * n], 16) for n in range(13)]
        start = position + 110
        name = data[start : start + fields[11] - 1].decode()
        body = start + fields[11] + -(110 + fields[11]) % 4
        if name == "TRAILER!!!":
            return
        yield name, fields[1], fields[2], data[body : body + fields[6]]
        position = body + fields[6] + -fields[6] % 4


def test_holds_every_entry(root, store):
    file = io.BytesIO()
    write_cpio(root, store, file)
    found = {name: (mode, uid, body) for name, mode, uid, body in members(file.getvalue())}
    assert list(found) == [".", "usr", "usr/bin", "usr/bin/ping", "usr/bin/ping4", "usr/bin/sh", "usr/note"]
    assert found["usr/bin/ping4"][2] == b"ELF and so on"
    assert found["usr/bin/sh"][2] == b"bash"
    assert found["usr/note"][:2] == (0o104640, 1000)


def test_same_bytes_twice(root, store, tmp_path):
    for name in ("one", "two"):
        write_initrd(root, store, tmp_path / name)
    one = (tmp_path / "one").read_bytes()
    assert one == (tmp_path / "two").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(one).startswith(b"070701")
