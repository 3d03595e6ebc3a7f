"""What packages of two builds are compared by: a source package's header, whatever place its expanded spec names."""

from pathlib import Path

import pytest

from headwater.build.source_package import LEAD, MAGIC, identity
from headwater.digest import digest_bytes

SOURCE, BINARY = "x-1-1.src.rpm", "x-1-1.noarch.rpm"


def part(data: bytes, entries: int = 1) -> bytes:
    """A header as rpm writes it: magic, two numbers, an index, data."""
    return MAGIC + bytes(4) + entries.to_bytes(4) + len(data).to_bytes(4) + bytes(16 * entries) + data


def package(header: bytes, *, signature: bytes = b"digest", payload: bytes = b"files") -> bytes:
    signed = part(signature)
    return bytes(LEAD) + signed + bytes(-len(signed) % 8) + part(header) + payload


@pytest.fixture
def told(tmp_path: Path):
    def tell(data: bytes, name: str = SOURCE) -> str:
        (tmp_path / "one").write_bytes(data)
        return identity(tmp_path / "one", name)

    return tell


def test_the_place_of_a_build_is_no_difference_in_a_source_package(told) -> None:
    assert told(package(b"cd /other/BUILD/x")) == told(package(b"cd /build/BUILD/x"))


def test_everything_else_in_the_header_is(told) -> None:
    usual = told(package(b"cd /build/BUILD/x"))
    assert told(package(b"cd /build/BUILD/y")) != usual
    assert told(package(b"cd /others/BUILD/")) != told(package(b"cd /builds/BUILD/"))


def test_the_place_in_a_source_package_s_files_is_a_difference(told) -> None:
    assert told(package(b"h", payload=b"/other/x")) != told(package(b"h", payload=b"/build/x"))


def test_digests_of_the_header_follow_from_it_whatever_their_length(told) -> None:
    usual = told(package(b"h"))
    assert all(told(package(b"h", signature=b"s" * length)) == usual for length in range(9))


def test_a_long_payload_is_read_to_its_end(told) -> None:
    long = bytes(3 << 20)
    assert told(package(b"h", payload=long + b"a")) != told(package(b"h", payload=long + b"b"))


def test_of_a_binary_package_every_byte_counts(told) -> None:
    data = package(b"cd /other/BUILD/x")
    assert told(data, BINARY) == digest_bytes(data)
    assert told(data, BINARY) != told(package(b"cd /build/BUILD/x"), BINARY)


@pytest.mark.parametrize("data", [b"no package", package(b"h").replace(MAGIC, b"\x8e\xad\xe8\x02")])
def test_what_is_no_package_has_no_identity(told, data: bytes) -> None:
    with pytest.raises(AssertionError):
        told(data)
