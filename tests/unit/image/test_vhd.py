import struct
import uuid

import pytest

from headwater.image.vhd import MIB, checksum, footer, geometry, tail_of, write_vhd

IDENTITY = "0f3b1a52-6f86-4c1e-9a55-6f1d7a4f9a01"
EPOCH = 1_760_000_000


@pytest.mark.parametrize(
    ("sectors", "expected"),
    [
        (4 * 17 * 10, (10, 4, 17)),  # never fewer than four heads
        (40 * MIB // 512, (963, 5, 17)),
        (504 * MIB // 512, (1024, 16, 63)),
        (653 * MIB // 512, (1326, 16, 63)),
        (65535 * 16 * 63 - 1, (65534, 16, 63)),
        (65535 * 16 * 63, (16191, 16, 255)),
        (65535 * 16 * 255, (65535, 16, 255)),
        (4 << 31, (65535, 16, 255)),  # 4 TiB is more than CHS can say
    ],
)
def test_geometry_as_the_appendix_says(sectors, expected):
    assert geometry(sectors) == expected


def test_geometry_holds_no_more_than_the_disk():
    for mib in (1, 7, 33, 130, 267, 503, 505, 1024, 40_000, 150_000):
        cylinders, heads, track = geometry(mib * MIB // 512)
        assert 0 < cylinders * heads * track <= mib * MIB // 512


def test_a_footer_field_by_field():
    made = footer(2 * MIB, epoch=EPOCH, identity=uuid.UUID(IDENTITY))
    assert len(made) == 512
    assert made[:8] == b"conectix"
    features, version, offset, time = struct.unpack(">IIQI", made[8:28])
    assert (features, version, offset) == (2, 0x00010000, 0xFFFFFFFFFFFFFFFF)
    assert time == EPOCH - 946_684_800
    assert struct.unpack(">QQHBBI", made[40:64]) == (2 * MIB, 2 * MIB, 60, 4, 17, 2)
    assert made[68:84] == uuid.UUID(IDENTITY).bytes
    assert made[84:] == bytes(428)


def test_the_checksum_is_the_ones_complement_of_the_sum_of_all_else():
    made = footer(2 * MIB, epoch=EPOCH, identity=uuid.UUID(IDENTITY))
    (written,) = struct.unpack(">I", made[64:68])
    assert written == checksum(made) == 0xFFFFFFFF - sum(made[:64] + made[68:])


def test_a_disk_is_padded_to_whole_mebibytes_and_its_holes_stay(tmp_path):
    raw = tmp_path / "disk.raw"
    with raw.open("wb") as file:
        file.write(b"boot")
        file.truncate(20 * MIB + 4096)
    tail = tail_of(raw.stat().st_size, epoch=EPOCH, identity=IDENTITY)
    for name in ("one", "two"):
        write_vhd(raw, tmp_path / name, tail)
    made = (tmp_path / "one").read_bytes()
    assert made == raw.read_bytes() + tail
    assert len(made) == 21 * MIB + 512
    assert made[: 20 * MIB + 4096] == raw.read_bytes()
    assert not any(made[20 * MIB + 4096 : 21 * MIB])
    assert made == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").stat().st_blocks * 512 < MIB
