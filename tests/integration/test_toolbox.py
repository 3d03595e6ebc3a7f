"""The toolbox: resolved, fetched, installed and used, with the real apt, mmdebstrap and bubblewrap."""

from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox, sandbox, update_lock
from headwater.toolbox.debian import Lock, fetch, read_lock, resolve, write_lock

SUITE = "forky"


@pytest.mark.mirror
def test_apt_resolves_without_this_machines_packages(store: Store) -> None:
    debs = resolve(SUITE, ["zstd"], store, essential=False)
    names = [deb.name for deb in debs]
    assert {"zstd", "libc6"} <= set(names)  # libc6 is installed here, and asked for all the same
    assert "dpkg" not in names
    assert names == sorted(names)


@pytest.mark.mirror
def test_an_excluded_package_does_not_come_along(store: Store) -> None:
    assert "mawk" in {deb.name for deb in resolve(SUITE, ["base-files"], store, essential=False)}
    chosen = {deb.name for deb in resolve(SUITE, ["base-files"], store, essential=False, exclude=["mawk"])}
    assert "mawk" not in chosen
    assert "base-files" in chosen


@pytest.mark.mirror
def test_apt_resolves_for_another_architecture(store: Store) -> None:
    debs = resolve(SUITE, ["libc6", "tzdata"], store, essential=False, architecture="arm64")
    assert {deb.arch for deb in debs} == {"all", "arm64"}
    assert next(deb.arch for deb in debs if deb.name == "libc6") == "arm64"


@pytest.mark.mirror
def test_a_package_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(Failure) as caught:
        resolve(SUITE, ["no-such-package-here"], store)
    assert caught.value.kind is Kind.SOURCE
    assert "no-such-package-here" in caught.value.problems[0].why


@pytest.mark.toolbox
@pytest.mark.mirror
def test_a_small_toolbox_is_built_once_and_again_alike(store: Store, tmp_path: Path) -> None:
    lock = tmp_path / "toolbox.lock"
    first = open_toolbox(SUITE, ["zstd"], lock, store)
    locked = lock.read_text()
    second = open_toolbox(SUITE, ["zstd"], lock, store)
    assert (first, first.moved) == (second, ())
    assert update_lock(SUITE, ["zstd"], lock, store) == ()
    assert lock.read_text() == locked
    assert "Zstandard" in sandbox.run(first, ["zstd", "--version"]).text


@pytest.mark.toolbox
@pytest.mark.mirror
def test_a_mirror_that_moved_on_is_said_and_does_not_stop_us(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "toolbox.lock"
    debs = resolve(SUITE, ["zstd"], store)
    old = next(deb for deb in debs if deb.name == "zstd")
    gone = type(old)(name="zstd", version="1.0-1", arch=old.arch, sha256="0" * 64, size=10, path="pool/main/z/zstd/gone.deb")
    lock = Lock(suite=SUITE, wanted=("zstd",), debs=tuple(sorted({*debs, gone} - {old})))
    write_lock(file, lock)
    for _ in range(2):  # the second time from the store
        assert open_toolbox(SUITE, ["zstd"], file, store).moved == (f"zstd 1.0-1 -> {old.version}",)
    assert read_lock(file) == lock
    with pytest.raises(Failure) as caught:
        fetch([gone], store)
    assert caught.value.kind is Kind.SOURCE


def test_a_lock_for_another_list_is_a_problem_of_the_project(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "toolbox.lock"
    write_lock(file, Lock(suite=SUITE, wanted=("rpm",)))
    with pytest.raises(Failure) as caught:
        open_toolbox(SUITE, ["rpm", "sq"], file, store)
    problem = caught.value.problems[0]
    assert (problem.kind, problem.hint) == (Kind.CONFIG, "hw toolbox update")
    assert "sq" in problem.why


@pytest.mark.toolbox
def test_the_sandbox_has_no_network_and_a_root_that_can_not_be_written(toolbox: Toolbox) -> None:
    said = sandbox.run(toolbox, ["cat", "/proc/net/dev"]).text
    assert [line.split(":")[0].strip() for line in said.splitlines()[2:]] == ["lo"]
    assert sandbox.run(toolbox, ["touch", "/usr/x"], accept=(1,)).code == 1
    assert not (toolbox.root / "usr/x").exists()


@pytest.mark.toolbox
def test_the_sandbox_can_not_set_the_machines_kernel(toolbox: Toolbox) -> None:
    opened = "import os; os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY)"  # and nothing is written
    said = sandbox.run(toolbox, ["python3", "-I", "-c", opened], accept=(1,))
    assert b"Read-only file system" in said.stderr


@pytest.mark.toolbox
def test_the_sandbox_does_not_wait_for_disks(toolbox: Toolbox) -> None:
    asked = "import os; os.fsync(os.pipe()[0]); os.fdatasync(os.pipe()[0]); os.sync()"  # the kernel can not sync a pipe
    assert sandbox.run(toolbox, ["python3", "-I", "-c", asked]).code == 0


@pytest.mark.toolbox
@pytest.mark.parametrize("words", ["rpmbuild --version", "dnf5 --version", "sq version", "buildbox-casd --version"])
def test_the_tools_answer(toolbox: Toolbox, words: str) -> None:
    assert sandbox.run(toolbox, words.split()).code == 0
