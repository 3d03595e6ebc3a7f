import hashlib
import io
import stat
import tarfile

import msgspec
import pytest
import zstandard

from headwater.image import layers
from headwater.image.index import file_of
from headwater.image.layers import DATABASE, DIRECTORIES, MADE, OTHERS, divide, layers_of
from headwater.image.model import Entry, Ids, Root
from headwater.image.rpmdb import BY
from headwater.store import Store

EPOCH = 1_760_000_000
ORIGINS = {"iputils": "iputils", "note": "notes"}


def members(layer, store):
    data = zstandard.ZstdDecompressor().decompressobj().decompress(store.read(layer.blob.digest))
    return {member.name: member for member in tarfile.open(fileobj=io.BytesIO(data))}


def test_each_entry_is_in_one_layer_and_directories_are_in_the_first(root):
    parts = divide(root, ORIGINS)
    assert [origin for origin, _ in parts] == [DIRECTORIES, "iputils", "notes", MADE]
    paths = [entry.path for _, part in parts for entry in part.entries]
    assert sorted(paths) == sorted(entry.path for entry in root.entries)
    assert {entry.path for entry in parts[0][1].entries} == {"/", "/usr", "/usr/bin"}


def test_the_database_is_a_layer_of_its_own_and_other_words_do_not_move_it(root, store):
    database = file_of("/var/lib/rpm/rpmdb.sqlite", b"records", EPOCH, store, by=BY)
    words = [file_of("/etc/hostname", name, EPOCH, store, by="made:identity") for name in (b"one", b"two")]
    roots = [msgspec.structs.replace(root, entries=(*root.entries, database, word)) for word in words]
    one, two = ({layer.origin: layer.diff_id for layer in layers_of(each, ORIGINS, store)} for each in roots)
    assert list(one)[-2:] == [DATABASE, MADE]
    assert {origin for origin in one if one[origin] != two[origin]} == {MADE}


@pytest.mark.parametrize("small", [0, layers.SMALL])
def test_small_and_large_layers_are_one_frame_each(small, root, store, monkeypatch):
    """What was written before under another limit is of other bytes, and is not taken."""
    monkeypatch.setattr(layers, "SMALL", small)
    found = layers_of(root, ORIGINS, store)
    sizes = {zstandard.frame_content_size(store.read(layer.blob.digest)) for layer in found}
    assert (-1 in sizes) == (small == 0)
    for layer in found:
        data = zstandard.ZstdDecompressor().decompressobj().decompress(store.read(layer.blob.digest))
        assert hashlib.sha256(data).hexdigest() == layer.diff_id


def test_layers_unpacked_one_over_the_other_are_the_root(root, store):
    found = {}
    for layer in layers_of(root, ORIGINS, store):
        found |= members(layer, store)
    assert set(found) == {entry.path.lstrip("/") or "." for entry in root.entries}
    assert found["usr/bin/ping4"].linkname == "usr/bin/ping"
    assert found["usr/note"].uid == 1000
    assert found["usr/note"].mode == 0o4640


def test_an_update_of_one_package_moves_its_layer_alone(root, store):
    before = {layer.origin: layer.blob.digest for layer in layers_of(root, ORIGINS, store)}
    note = next(entry for entry in root.entries if entry.path == "/usr/note")
    changed = file_of("/usr/note", b"another", EPOCH, store, mode=0o4640, by="note")
    new = msgspec.structs.replace(note, digest=changed.digest, pack=changed.pack, size=changed.size)
    entries = tuple(new if entry is note else entry for entry in root.entries)
    after = {
        layer.origin: layer.blob.digest for layer in layers_of(msgspec.structs.replace(root, entries=entries), ORIGINS, store)
    }
    assert {origin for origin in before if before[origin] != after[origin]} == {"notes"}


def test_a_number_that_moves_moves_only_layers_with_that_owner(root, store):
    before = {layer.origin: layer.diff_id for layer in layers_of(root, ORIGINS, store)}
    ids = Ids(users={"root": 0, "alki": 1001}, groups={"root": 0})
    after = {layer.origin: layer.diff_id for layer in layers_of(msgspec.structs.replace(root, ids=ids), ORIGINS, store)}
    assert {origin for origin in before if before[origin] != after[origin]} == {"notes"}


def test_the_same_bytes_from_another_store(root, store, tmp_path):
    first = [layer.blob for layer in layers_of(root, ORIGINS, store)]
    other = Store(tmp_path / "other")
    for entry in root.entries:
        if entry.pack:
            other.add_bytes(store.read(entry.pack))
    assert [layer.blob for layer in layers_of(root, ORIGINS, other)] == first


def test_layers_are_bounded_and_the_smallest_share_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layers, "MOST", 3)
    files = [Entry(path=f"/{number}", mode=stat.S_IFREG | 0o644, size=10 + number, package=f"p{number}") for number in range(9)]
    root = Root(entries=tuple(files), ids=Ids(users={"root": 0}, groups={"root": 0}), epoch=EPOCH)
    parts = dict(divide(root, {f"p{number}": f"s{number}" for number in range(9)}))
    assert list(parts) == ["s6", "s7", "s8", OTHERS]
    assert [entry.path for entry in parts[OTHERS].entries] == [f"/{number}" for number in range(6)]
