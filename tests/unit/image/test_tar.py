import io
import tarfile

import pytest

from headwater import command
from headwater.errors import Failure, Kind
from headwater.image import caps
from headwater.image.tar import canonical_tar, write_tar
from headwater.store import Store


def test_says_all_that_the_entries_say(root, store):
    with tarfile.open(fileobj=io.BytesIO(_tar(root, store))) as tar:
        members = {member.name: member for member in tar}
        assert list(members) == [".", "usr", "usr/bin", "usr/bin/ping", "usr/bin/ping4", "usr/bin/sh", "usr/note"]
        assert tar.extractfile("usr/bin/ping").read() == b"ELF and so on"
        note = members["usr/note"]
        assert (note.uid, note.gid, note.mode, note.mtime, note.uname) == (1000, 0, 0o4640, root.epoch, "")
        assert members["usr/bin/ping4"].islnk()
        assert members["usr/bin/ping4"].linkname == "usr/bin/ping"
        assert members["usr/bin/sh"].linkname == "bash"
        kept = members["usr/bin/ping"].pax_headers["SCHILY.xattr.security.capability"]
        assert kept.encode("utf-8", "surrogateescape") == caps.encode("cap_net_raw=ep")


def test_same_bytes_twice(root, store):
    assert _tar(root, store) == _tar(root, store)


def test_is_whole_blocks(root, store):
    assert len(_tar(root, store)) % 512 == 0


def test_a_program_reads_the_same_bytes(root, store):
    assert command.run(["cat"], stdin=canonical_tar(root, store)).stdout == _tar(root, store)


def test_what_was_damaged_in_the_store_is_told_and_not_what_a_program_made_of_half_a_tar(root, store):
    place = store.path(root.entries[-1].pack)
    place.chmod(0o644)
    place.write_bytes(b"evil")
    with pytest.raises(Failure, match="was damaged in the store") as failure:
        command.run(["cat"], stdin=canonical_tar(root, Store(store.root)))
    assert failure.value.kind is Kind.STORE


def _tar(root, store) -> bytes:
    file = io.BytesIO()
    write_tar(root, store, file)
    return file.getvalue()
