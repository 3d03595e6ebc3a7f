"""What finishers look at, and that they run once for what they looked at."""

import stat

import msgspec
import pytest

from headwater.config.images import Finisher
from headwater.image import finish as room
from headwater.image.finish import finish, seen_by
from headwater.image.finishers import FINISHERS, Step
from headwater.image.index import complete, file_of
from headwater.image.model import Entry, Ids
from headwater.toolbox.model import Toolbox

IDS = Ids(users={"root": 0}, groups={"root": 0})
PATHS = (
    "/etc/hostname",
    "/etc/ld.so.conf.d/x.conf",
    "/etc/ssl/openssl.cnf",
    "/etc/systemd/system/a.service",
    "/usr/lib/modules/6/kernel/a.ko",
    "/usr/lib/python3/dist-packages/a.py",
    "/usr/lib/systemd/system-preset/90.preset",
    "/usr/lib/udev/hwdb.d/20.hwdb",
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
)


def index_of(paths, store, *, epoch=7, by="made:file"):
    return complete({path: file_of(path, path.encode(), epoch, store, by=by) for path in paths}, epoch)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("ldconfig", {"/etc/ld.so.conf.d/x.conf", "/usr/lib/x86_64-linux-gnu/libc.so.6"}),
        ("depmod", {"/usr/lib/modules/6/kernel/a.ko"}),
        ("hwdb", {"/usr/lib/udev/hwdb.d/20.hwdb"}),
        ("presets", {"/etc/systemd/system/a.service", "/usr/lib/systemd/system-preset/90.preset"}),
        ("ca-bundle", {"/etc/ssl/openssl.cnf"}),
        ("tmpfiles", set(PATHS)),
        (
            "py-compile",
            {"/etc/ld.so.conf.d/x.conf", "/usr/lib/python3/dist-packages/a.py", "/usr/lib/x86_64-linux-gnu/libc.so.6"},
        ),
    ],
)
def test_a_finisher_sees_its_files_and_the_directories_above(name, seen, store):
    part = seen_by(FINISHERS[name], index_of(PATHS, store))
    assert {path for path, entry in part.items() if entry.is_file} == seen
    assert all(path.rpartition("/")[0] in {"", *part} for path in part)


@pytest.fixture
def runs(monkeypatch):
    """A finisher that lists what it sees, and how often it was run."""
    counted = []

    def work(_words, root, epoch, _toolbox):
        counted.append(epoch)
        (root / "var/lib").mkdir(parents=True, exist_ok=True)
        (root / "var/lib/list").write_text("".join(sorted(path.name for path in (root / "etc").iterdir())))

    monkeypatch.setattr(room, "_command", work)
    monkeypatch.setitem(FINISHERS, "lister", Step(commands=lambda _: [["list"]], sees="/etc/.*"))
    return counted


def finished(index, store, epoch=7):
    return finish(index, [Finisher(name="lister", reason="test")], (), IDS, epoch, Toolbox(root=store.root, key="k"), store)


def test_it_runs_once_for_the_same_files_whatever_else_there_is(store, runs):
    one = finished(index_of(["/etc/a", "/usr/b"], store), store)
    two = finished(index_of(["/etc/a", "/usr/c"], store, epoch=9), store, epoch=9)
    assert len(runs) == 1
    assert (one["/var/lib/list"].mtime, two["/var/lib/list"].mtime) == (7, 9)
    assert store.read(two["/var/lib/list"].digest) == b"a"


def test_it_runs_again_for_another_file(store, runs):
    finished(index_of(["/etc/a"], store), store)
    again = finished(index_of(["/etc/a", "/etc/b"], store), store)
    assert len(runs) == 2
    assert store.read(again["/var/lib/list"].digest) == b"ab"


def test_a_file_of_a_package_that_was_built_again_is_the_same(store, runs):
    one = index_of(["/etc/a"], store, by="p")
    blob = store.add_bytes(b"xx/etc/a")
    two = {**one, "/etc/a": msgspec.structs.replace(one["/etc/a"], pack=blob.digest, offset=2)}
    finished(one, store)
    finished(two, store)
    assert len(runs) == 1


def test_a_directory_of_a_package_above_what_was_made_stays_the_package_s(store, runs):
    index = index_of(["/etc/a"], store)
    index["/var"] = Entry(path="/var", mode=stat.S_IFDIR | 0o755, mtime=3, package="base-files")
    made = finished(complete(index, 7), store)
    assert runs
    assert made["/var"].package == "base-files"
    assert made["/var/lib"].package == "made:finisher"
