"""What is found in a root: by mode, by where links lead, by names and contents that tell a secret."""

import stat

import msgspec
import pytest

from headwater.config.policy import Demand
from headwater.image.findings import LARGEST, are_known, find, findings_of, is_looked_into, secrets_of
from headwater.image.index import file_of
from headwater.image.model import Entry, Ids, Root
from headwater.store import Store

KEY = b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\nAAAA\n"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nAAAA\n"


def file(path, mode=0o644, **more):
    return Entry(path=path, mode=stat.S_IFREG | mode, package="one", **more)


def link(path, target):
    return Entry(path=path, mode=stat.S_IFLNK | 0o777, target=target, package="one")


def folder(path, mode=0o755):
    return Entry(path=path, mode=stat.S_IFDIR | mode, package="one")


def found(*entries, content=b""):
    root = Root(entries=tuple(entries), ids=Ids(users={}, groups={}), epoch=0)
    said = {entry.path: secrets_of(entry, lambda _: content) for entry in entries if is_looked_into(entry)}
    return {(one.demand, one.name) for one in find(root, lambda entry: said.get(entry.path, ()))}


def test_modes_tell_who_becomes_whom_and_who_may_write():
    entries = [
        file("/usr/bin/su", 0o4755),
        file("/usr/bin/chage", 0o2755),
        file("/usr/bin/ping", 0o755, caps="cap_net_raw=ep"),
        file("/etc/open", 0o666),
        folder("/srv", 0o777),
        folder("/tmp", 0o1777),
        folder("/var/log/journal", 0o2755),
        file("/usr/bin/true", 0o755),
    ]
    assert found(*entries) == {
        (Demand.SETUID, "/usr/bin/su"),
        (Demand.SETUID, "/usr/bin/chage"),
        (Demand.FILE_CAPABILITIES, "/usr/bin/ping"),
        (Demand.WORLD_WRITABLE, "/etc/open"),
        (Demand.WORLD_WRITABLE, "/srv"),
    }


def test_links_are_followed_through_links_to_where_only_a_running_system_has_something():
    entries = [
        folder("/usr"),
        folder("/usr/bin"),
        file("/usr/bin/bash", 0o755),
        link("/bin", "usr/bin"),
        link("/usr/bin/sh", "/bin/bash"),
        folder("/etc"),
        link("/etc/mtab", "../proc/self/mounts"),
        folder("/var"),
        link("/var/run", "/run"),
        link("/etc/resolv.conf", "/var/run/resolv.conf"),
        link("/etc/gone", "../bin/zsh"),
        link("/etc/through", "/usr/bin/bash/x"),
        link("/etc/a", "b"),
        link("/etc/b", "a"),
    ]
    dangling = {(Demand.DANGLING_LINKS, f"/etc/{name}") for name in ("gone", "through", "a", "b")}
    assert found(*entries) == dangling


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/etc/ssh/ssh_host_ed25519_key", b"anything"),
        ("/var/lib/systemd/random-seed", b"\x01" * 32),
        ("/etc/machine-id", b"0123456789abcdef0123456789abcdef\n"),
        ("/root/notes", KEY),
        ("/usr/share/app/server.pem", CERTIFICATE + KEY),
        ("/usr/share/app/key.pgp", b"\xc5\x58\x04"),
    ],
)
def test_secrets(path, content):
    assert found(file(path, size=len(content)), content=content) == {(Demand.SECRETS, path)}


@pytest.mark.parametrize(
    ("path", "content", "size"),
    [
        ("/etc/machine-id", b"uninitialized\n", 14),
        ("/etc/machine-id", b"", 0),
        ("/etc/ssl/certs/a.pem", CERTIFICATE, 30),
        ("/usr/lib/libcrypto.so.3", KEY, 30),  # a library that reads keys has these words in it
        ("/etc/large", KEY, LARGEST + 1),
        ("/usr/share/keyrings/public.pgp", b"\xc6\x33\x04", 3),
    ],
)
def test_no_secrets(path, content, size):
    assert found(file(path, size=size), content=content) == set()


def test_what_was_found_is_kept_by_the_roots_digest(tmp_path):
    store = Store(tmp_path / "store")
    entry = file_of("/root/.ssh/id_rsa", KEY, 0, store, by="one")
    index = store.add_bytes(msgspec.json.encode(Root(entries=(entry,), ids=Ids(users={}, groups={}), epoch=0))).digest
    first = findings_of(index, store)
    assert [(one.demand, one.name, one.package) for one in first] == [(Demand.SECRETS, "/root/.ssh/id_rsa", "one")]
    store.path(index).unlink()
    assert are_known(index, store)
    assert findings_of(index, store) == first
