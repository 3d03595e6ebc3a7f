"""Upstreams over real servers on loopback: `git http-backend` and a lookaside, with all that goes wrong with servers."""

import gzip
import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headwater import derive
from headwater.config.model import (
    Component,
    Custom,
    Distro,
    DistroRef,
    DistroVersion,
    Download,
    Project,
    ProjectRule,
    SourceFile,
    SpecSource,
    SpecType,
)
from headwater.errors import Failure, Kind
from headwater.request import Request
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import (
    Clones,
    Lock,
    Surroundings,
    download,
    follow,
    hosts,
    objects,
    read_lock,
    resolve,
    resolve_all,
    take,
    with_ours,
    write_lock,
)
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Resolution, SourceTree
from headwater.upstream.transport import Patience

QUICK = Patience(connect=2, stall=1, heads=4, objects=20, attempts=3, pause=0.01)
ARCHIVE = bytes(range(256)) * 2048  # 512 KiB
SHA512 = hashlib.sha512(ARCHIVE).hexdigest()
MD5 = hashlib.md5(ARCHIVE, usedforsecurity=False).hexdigest()
SPEC = "Name: {name}\nVersion: {version}\nRelease: 1\nSource0: {name}.tar.gz\n"


class Server(ThreadingHTTPServer):
    """`/git/` is git's own server over `root`, `/files/` a lookaside; `faults` is what goes wrong with whose next requests."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.faults: list[tuple[str, str, int]] = []  # (part of the path, fault, how often)
        self.until = threading.Event()  # what hangs, hangs until this

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def fail(self, part: str, fault: str, times: int = 1000) -> None:
        self.faults.append((part, fault, times))

    def fault(self, path: str) -> str:
        for number, (part, fault, times) in enumerate(self.faults):
            if part in path and times:
                self.faults[number] = (part, fault, times - 1)
                return fault
        return ""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.body())

    def answer(self, body: bytes) -> None:
        self.server.asked.append(self.path)
        fault = self.server.fault(self.path)
        if fault == "hang":
            self.server.until.wait(30)
        elif fault.isdecimal():
            self.send_error(int(fault))
        elif fault.startswith("to "):
            self.send_response(302)
            self.send_header("Location", fault[3:] + self.path.removeprefix("/moved"))
            self.end_headers()
        elif self.path.startswith("/git/"):
            self.git(body, fault)
        else:
            self.lookaside(fault)

    def git(self, body: bytes, fault: str) -> None:
        path, _, query = self.path.removeprefix("/git").partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        said = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False).stdout
        head, _, content = said.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name not in {"Status", "Content-Length"}:
                self.send_header(name, value)
        self.give(content, fault)

    def lookaside(self, fault: str) -> None:
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.give(content[start:], fault)

    def give(self, content: bytes, fault: str) -> None:
        """Send the body: whole, only its first half, with other bytes, or a little at a time."""
        if fault == "huge":
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            return
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        match fault:
            case "cut":
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            case "wrong":
                self.wfile.write(bytes(len(content)))
            case "slow":
                for start in range(0, len(content), 1 + len(content) // 8):
                    self.wfile.write(content[start : start + 1 + len(content) // 8])
                    time.sleep(0.02)
            case "drip":
                for byte in content:
                    if self.server.until.wait(0.2):
                        return
                    self.wfile.write(bytes([byte]))
            case _:
                self.wfile.write(content)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        return gzip.decompress(content) if self.headers.get("Content-Encoding") == "gzip" else content

    def log_message(self, *words: object) -> None:
        """Nothing: pytest's output is for pytest."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    hosts.forget()
    (tmp_path / "served").mkdir()
    with Server(tmp_path / "served") as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.until.set()
        running.shutdown()
    hosts.forget()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits for a minute here."""
    monkeypatch.setattr(download, "PATIENCE", 1.0)
    monkeypatch.setattr(download, "PAUSE", 0.01)
    download._client.cache_clear()
    yield
    download._client.cache_clear()


@pytest.fixture
def cache(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


class Package:
    """A dist-git that grows: a work tree that is pushed to a bare repository below the server's root."""

    def __init__(self, root: Path, name: str) -> None:
        self.name, self.bare, self.tree = name, root / f"{name}.git", root.parent / f"work-{name}"
        self.git("init", "-q", "--bare", "-b", "f43", str(self.bare), cwd=root)
        self.git("-C", str(self.bare), "config", "uploadpack.allowFilter", "true", cwd=root)
        self.git("init", "-q", "-b", "f43", str(self.tree), cwd=root)

    def git(self, *words: str, cwd: Path | None = None, date: int = 0) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            env |= {
                f"GIT_{role}_NAME": "A. Packager",
                f"GIT_{role}_EMAIL": "a@fedora.invalid",
                f"GIT_{role}_DATE": f"@{date} +0000",
            }
        done = subprocess.run(["git", *words], cwd=cwd or self.tree, env=env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, date: int, **files: str | bytes | None) -> str:
        for name, content in files.items():
            path = self.tree / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"at {date}", date=date)
        return self.push()

    def push(self, *words: str) -> str:
        self.git("push", "-q", *words, str(self.bare), "HEAD:refs/heads/f43")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def jq(server: Server) -> Package:
    return make(server, "jq")


def make(server: Server, name: str, sources: str = f"SHA512 (jq.tar.gz) = {SHA512}\n") -> Package:
    package = Package(server.root, name)
    for number in (1, 2, 3):
        spec = SPEC.format(name=name, version=number)
        package.commit(number * 1000, **{f"{name}_spec": spec, "sources": sources, "fix_patch": f"--- {number}\n"})
    server.files[f"/files/{name}/jq.tar.gz/sha512/{SHA512}/jq.tar.gz"] = ARCHIVE
    return package


def distro(server: Server, git: str = "/git/$pkg.git", **more: object) -> Distro:
    return Distro(
        default_version="43",
        dist_git_base_uri=server.url(git),
        lookaside_base_uri=server.url("/files/$pkg/$filename/$hashtype/$hash/$filename"),
        versions={"43": DistroVersion(dist_git_branch="f43")},
        **more,
    )


def component(name: str = "jq", snapshot: int = 0, **spec: str) -> Component:
    moment = datetime.fromtimestamp(snapshot, UTC).isoformat() if snapshot else ""
    source = SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="fedora", snapshot=moment), **spec)
    return Component(name=name, spec=source)


def found(server: Server, one: Component, clones: Clones, lock: Lock | None = None) -> Resolution:
    return resolve(follow(one, {"fedora": distro(server)}), clones, lock)


def taken(server: Server, one: Component, cache: Store, *, around: Distro | None = None, **more: object) -> SourceTree:
    clones = Clones(cache, offline=bool(more.get("offline")), patience=QUICK)
    where = Surroundings(distros={"fedora": around or distro(server)}, clones=clones, toolbox=more.pop("toolbox", None))
    return take(one, cache, root=Path("/"), around=where, **more)


# which commit


def test_a_branchs_head_needs_no_clone(server: Server, jq: Package, cache: Store) -> None:
    head = jq.git("rev-parse", "HEAD")
    assert found(server, component(), Clones(cache, patience=QUICK)).commit == head
    assert not (cache.root / "git").exists()


def test_a_snapshot_is_the_last_first_parent_before_it(server: Server, jq: Package, cache: Store) -> None:
    second = jq.git("rev-parse", "HEAD~1")
    jq.git("checkout", "-q", "-b", "side", "HEAD~2")
    jq.git("commit", "-q", "--allow-empty", "-m", "merged later, made earlier", date=2500)
    jq.git("checkout", "-q", "f43")
    jq.git("merge", "-q", "--no-ff", "-m", "merge", "side", date=4000)
    merge = jq.push()
    clones = Clones(cache, patience=QUICK)
    assert found(server, component(snapshot=2999), clones).commit == second
    assert found(server, component(snapshot=2000), clones).commit == second  # at that very second
    assert found(server, component(snapshot=4000), clones).commit == merge
    asked = len(server.asked)
    assert found(server, component(snapshot=2999), clones).commit == second
    assert len(server.asked) == asked


@pytest.mark.usefixtures("jq")
def test_before_the_first_commit_there_is_none(server: Server, cache: Store) -> None:
    with pytest.raises(Failure) as caught:
        found(server, component(snapshot=999), Clones(cache, patience=QUICK))
    assert caught.value.kind is Kind.SOURCE


def test_a_tag_will_do_for_a_branch(server: Server, jq: Package, cache: Store) -> None:
    first = jq.git("rev-parse", "HEAD~2")
    jq.git("tag", "-a", "-m", "annotated", "v1", first)
    jq.git("push", "-q", str(jq.bare), "v1")
    fedora = Distro(dist_git_base_uri=server.url("/git/$pkg.git"), versions={"43": DistroVersion(dist_git_branch="v1")})
    for snapshot in (0, 5000):
        one = component(snapshot=snapshot)
        where = DistroRef(name="fedora", version="43", snapshot=one.spec.upstream_distro.snapshot)
        one = Component(name="jq", spec=SpecSource(type=SpecType.UPSTREAM, upstream_distro=where))
        assert resolve(follow(one, {"fedora": fedora}), Clones(cache, patience=QUICK)).commit == first


@pytest.mark.usefixtures("jq")
def test_a_lock_is_asked_before_any_server(server: Server, cache: Store) -> None:
    one = component(snapshot=2500)
    upstream = follow(one, {"fedora": distro(server)})
    clones = Clones(cache, patience=QUICK)
    lock = Lock(upstream_commit="a" * 40, resolution_input_hash=upstream.resolution)
    assert resolve(upstream, clones, lock).commit == "a" * 40
    assert server.asked == []
    stale = Lock(upstream_commit="a" * 40, resolution_input_hash="sha256:other")
    assert resolve(upstream, clones, stale).commit != "a" * 40


def test_a_lock_does_not_hold_what_follows_a_head(server: Server, jq: Package, cache: Store) -> None:
    upstream = follow(component(), {"fedora": distro(server)})
    lock = Lock(upstream_commit="a" * 40, resolution_input_hash=upstream.resolution)
    assert resolve(upstream, Clones(cache, patience=QUICK), lock).commit == jq.git("rev-parse", "HEAD")


def test_many_at_once_in_order_with_each_failure(server: Server, cache: Store) -> None:
    names = [f"p{number}" for number in range(6)]
    heads = {name: make(server, name).git("rev-parse", "HEAD~1") for name in names if name != "p3"}
    server.fail("/git/p4.git", "500")
    upstreams = [follow(component(name, snapshot=2500), {"fedora": distro(server)}) for name in names]
    answers = resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=3)
    for name, answer in zip(names, answers, strict=True):
        if name in {"p3", "p4"}:
            assert isinstance(answer, Failure)
            assert answer.kind is Kind.SOURCE
            assert name in answer.problems[0].what
        else:
            assert isinstance(answer, Resolution)
            assert answer.commit == heads[name]


def test_a_run_that_was_cut_goes_on(server: Server, cache: Store) -> None:
    for name in ("a", "b"):
        make(server, name)
    upstreams = [follow(component(name, snapshot=2500), {"fedora": distro(server)}) for name in ("a", "b")]
    server.fail("/git/b.git", "hang")
    first, second = resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=2)
    assert isinstance(first, Resolution)
    assert isinstance(second, Failure)
    left = next((cache.root / "git").glob("*/refs/heads")) / "f43.lock"  # as a git that was killed leaves it
    left.touch()
    server.faults.clear()
    hosts.forget()
    assert all(isinstance(one, Resolution) for one in resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=2))


def test_a_force_pushed_branch(server: Server, jq: Package, cache: Store) -> None:
    lost = found(server, component(snapshot=2500), Clones(cache, patience=QUICK)).commit
    jq.git("checkout", "-q", "--orphan", "new")
    jq.git("commit", "-q", "-m", "history anew", date=2400)
    new = jq.push("--force")
    clones = Clones(cache, patience=QUICK)
    assert found(server, component(snapshot=2500), clones).commit == new
    repository = clones.open(server.url("/git/jq.git"))
    assert repository.is_first_parent(new, "f43")
    assert not repository.is_first_parent(lost, "f43")
    tree = taken(server, component(), cache, lock=Lock(upstream_commit=lost), archives=False)  # what is locked can still be had
    assert "Version: 2" in tree.text


def test_history_from_import_to_now(server: Server, jq: Package, cache: Store) -> None:
    clones = Clones(cache, patience=QUICK)
    repository = clones.open(server.url("/git/jq.git"))
    first, last = jq.git("rev-parse", "HEAD~2"), jq.git("rev-parse", "HEAD")
    log = repository.log(last, "f43", until=first)
    assert [commit.committed for commit in log] == [3000, 2000, 1000]
    assert log[0].author == "A. Packager"
    with pytest.raises(Refused):
        repository.log(first, "f43", until=last)


# what is in it


def test_a_dist_git_becomes_a_tree(server: Server, jq: Package, cache: Store) -> None:
    (jq.tree / "run.sh").write_text("#!/bin/sh\n")
    (jq.tree / "run.sh").chmod(0o755)
    (jq.tree / "alias.sh").symlink_to("run.sh")
    head = jq.commit(4000, tests__main_fmf="test: a\n")
    tree = taken(server, component("jq2", upstream_name="jq"), cache, around=distro(server, git="/git/$pkg.git"))
    assert set(tree.files) == {"jq2.spec", "fix.patch", "run.sh", "alias.sh", "tests/main.fmf"}
    assert tree.files["run.sh"].mode == tree.files["alias.sh"].mode == 0o755
    assert tree.files["alias.sh"].content == b"#!/bin/sh\n"
    assert (tree.pin.kind, tree.pin.digest, tree.pin.member) == ("dist-git", head, "jq.spec")
    assert tree.pin.tree == jq.git("rev-parse", "HEAD^{tree}")
    assert tree.sources == f"SHA512 (jq.tar.gz) = {SHA512}\n"
    assert cache.read(tree.archives["jq.tar.gz"].digest) == ARCHIVE


def test_only_what_is_read_is_fetched(server: Server, cache: Store) -> None:
    package = Package(server.root, "fat")
    package.commit(1000, fat_spec=SPEC.format(name="fat", version=1), old_bin=os.urandom(3 << 20))
    package.commit(2000, old_bin=None)
    tree = taken(server, component("fat"), cache, archives=False)
    assert set(tree.files) == {"fat.spec"}
    assert sum(file.stat().st_size for file in (cache.root / "git").rglob("*.pack")) < 1 << 20


def test_what_was_taken_once_is_there_offline(server: Server, jq: Package, cache: Store) -> None:
    first = taken(server, component(snapshot=2500), cache)
    jq.commit(2400)
    server.asked.clear()
    assert taken(server, component(snapshot=2500), cache, offline=True) == first
    assert server.asked == []


@pytest.mark.usefixtures("jq")
def test_offline_without_a_copy_says_so(server: Server, cache: Store) -> None:
    for one in (component(), component(snapshot=2500), component(upstream_commit="a" * 40)):
        with pytest.raises(Failure) as caught:
            taken(server, one, cache, offline=True)
        assert caught.value.kind is Kind.SOURCE
    assert server.asked == []


def test_a_pin_by_its_first_digits(server: Server, jq: Package, cache: Store) -> None:
    first = jq.git("rev-parse", "HEAD~2")
    whole = component(upstream_commit=first)
    assert found(server, whole, Clones(cache, patience=QUICK)).commit == first
    assert server.asked == [], "a whole id is not looked up"
    assert found(server, component(upstream_commit=first[:9]), Clones(cache, patience=QUICK)).commit == first
    tree = taken(server, component(upstream_commit=first[:9]), cache, archives=False)
    assert tree.pin.digest == first
    assert "Version: 1" in tree.text


@pytest.mark.usefixtures("jq")
def test_a_pin_that_nobody_has(server: Server, cache: Store) -> None:
    for pin in ("a" * 40, "abcdef1"):
        with pytest.raises(Failure) as caught:
            taken(server, component(upstream_commit=pin), cache)
        assert caught.value.kind is Kind.SOURCE


@pytest.mark.usefixtures("jq")
def test_a_lock_that_contradicts_a_pin_is_stale(server: Server, cache: Store) -> None:
    with pytest.raises(Failure) as caught:
        taken(server, component(upstream_commit="a" * 40), cache, lock=Lock(upstream_commit="b" * 40))
    assert caught.value.kind is Kind.SOURCE
    assert "hw update" in caught.value.problems[0].hint


@pytest.mark.parametrize("goal", ["/etc/passwd", "../jq.spec", "nowhere", "tests"])
def test_a_link_that_leads_to_no_file_beside_it(server: Server, jq: Package, cache: Store, goal: str) -> None:
    (jq.tree / "evil").symlink_to(goal)
    jq.commit(4000, tests__main_fmf="a")
    with pytest.raises(Failure) as caught:
        taken(server, component(), cache)
    assert caught.value.kind is Kind.SOURCE
    assert "evil" in caught.value.problems[0].why


def test_a_huge_file_is_refused_and_not_fetched(
    server: Server, jq: Package, cache: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "MOST", 1 << 20)
    monkeypatch.setattr(objects, "WITH_FILES", f"blob:limit={1 << 20}")
    jq.commit(4000, huge_bin=os.urandom(4 << 20))
    with pytest.raises(Failure) as caught:
        taken(server, component(), cache)
    assert caught.value.kind is Kind.SOURCE
    assert "huge.bin" in caught.value.problems[0].why
    assert sum(file.stat().st_size for file in (cache.root / "git").rglob("*.pack")) < 1 << 20


def test_a_submodule_is_passed_over(server: Server, jq: Package, cache: Store) -> None:
    head = jq.git("rev-parse", "HEAD")
    jq.git("update-index", "--add", "--cacheinfo", f"160000,{head},bogus")
    jq.git("commit", "-q", "-m", "bogus", date=4000)
    jq.push()
    assert "bogus" not in taken(server, component(), cache, archives=False).files


def test_a_spec_tree_of_many_packages(server: Server, cache: Store) -> None:
    azl = Package(server.root, "azl")
    azl.commit(1000, SPECS__jq__x="")
    for name, folder in (("jq", "jq"), ("linux", "linux"), ("linux-esx", "linux")):
        place = azl.tree / "SPECS" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.spec").write_text(SPEC.format(name=name, version=1))
    signed = '{"Signatures": {"jq.tar.gz": "' + hashlib.sha256(ARCHIVE).hexdigest() + '", "fix.patch": "' + "0" * 64 + '"}}'
    (azl.tree / "SPECS/jq/jq.signatures.json").write_text(signed)
    (azl.tree / "SPECS/jq/fix.patch").write_text("---\n")
    (azl.tree / "SPECS/linux/config.yaml").write_text(
        f"sources:\n- archive: jq.tar.gz\n  archive_sha512sum:\n    {SHA512}\n  spdx:\n    x: y\n- archive: b.tgz\n"
        f"  archive_sha512sum: '{SHA512}'\n"
    )
    head = azl.commit(2000)
    server.files["/files/jq.tar.gz"] = server.files["/files/b.tgz"] = ARCHIVE
    mariner = Distro(
        default_version="2",
        spec_tree_uri=server.url("/git/azl.git"),
        lookaside_base_uri=server.url("/files/$filename"),
        versions={"2": DistroVersion(dist_git_branch="f43")},
    )
    jq = taken(server, component("jq"), cache, around=mariner)
    esx = taken(server, component("linux-esx", upstream_name="linux"), cache, around=mariner)
    assert jq.pin.kind == "spec-tree"
    assert jq.pin.digest == head
    assert jq.pin.tree == azl.git("rev-parse", "HEAD:SPECS/jq")
    assert set(jq.archives) == {"jq.tar.gz"}
    assert jq.archives["jq.tar.gz"].sha512 == SHA512
    assert esx.pin.member == "SPECS/linux/linux-esx.spec"
    assert set(esx.archives) == {"jq.tar.gz", "b.tgz"}
    with pytest.raises(Failure) as caught:
        taken(server, component("nothing"), cache, around=mariner)
    assert caught.value.kind is Kind.SOURCE


def test_who_reads_a_few_packages_of_a_tree_gets_all_at_once(server: Server, cache: Store) -> None:
    tree = Package(server.root, "tree")
    names = [f"p{number}" for number in range(20)]
    for name in names:
        (tree.tree / "specs" / "p" / name).mkdir(parents=True)
        (tree.tree / "specs" / "p" / name / f"{name}.spec").write_text(SPEC.format(name=name, version=1))
    tree.commit(1000)
    azl = Distro(
        default_version="4",
        spec_tree_uri=server.url("/git/tree.git"),
        spec_tree_path="specs/$first/$pkg",
        versions={"4": DistroVersion(dist_git_branch="f43")},
    )
    around = Surroundings(distros={"fedora": azl}, clones=Clones(cache, patience=QUICK))
    for name in names:
        assert f"Name: {name}" in take(component(name), cache, root=Path("/"), around=around).text
    assert len([path for path in server.asked if path.endswith("git-upload-pack")]) < 20


# servers that fail: git


def test_a_tree_that_fails_is_asked_once_for_all_its_packages(server: Server, cache: Store) -> None:
    server.fail("/git/", "500")
    tree = Distro(
        default_version="1", spec_tree_uri=server.url("/git/t.git"), versions={"1": DistroVersion(dist_git_branch="f43")}
    )
    upstreams = [follow(component(f"p{number}", snapshot=2500), {"fedora": tree}) for number in range(50)]
    answers = resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=4)
    assert all(isinstance(answer, Failure) for answer in answers)
    assert len(server.asked) == QUICK.attempts


@pytest.mark.parametrize(("fault", "times"), [("500", 1), ("cut", 1), ("slow", 9), ("wrong", 1)])
def test_git_comes_through_in_the_end(server: Server, jq: Package, cache: Store, fault: str, times: int) -> None:
    server.fail("git-upload-pack", fault, times)
    tree = taken(server, component(snapshot=2500), cache)
    assert tree.pin.digest == jq.git("rev-parse", "HEAD~1")


@pytest.mark.parametrize("fault", ["404", "500", "cut", "wrong"])
def test_git_that_never_comes_is_a_failure_and_leaves_nothing(server: Server, jq: Package, cache: Store, fault: str) -> None:
    server.fail("/git/", fault)
    with pytest.raises(Failure) as caught:
        taken(server, component(snapshot=2500), cache)
    assert caught.value.kind is Kind.SOURCE
    tries = [path for path in server.asked if "info/refs" in path]
    assert len(tries) == (1 if fault == "404" else QUICK.attempts)  # a no is a no
    server.faults.clear()
    assert taken(server, component(snapshot=2500), cache).pin.digest == jq.git("rev-parse", "HEAD~1")


def test_a_host_that_hangs_is_given_up_by_all(server: Server, cache: Store) -> None:
    server.fail("/git/", "hang")
    upstreams = [follow(component(f"p{number}", snapshot=2500), {"fedora": distro(server)}) for number in range(50)]
    begun = time.monotonic()
    answers = resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=4)
    assert time.monotonic() - begun < 15
    assert all(isinstance(answer, Failure) and answer.kind is Kind.SOURCE for answer in answers)
    assert len(server.asked) < 20


def test_a_host_that_is_not_there_is_asked_once(server: Server, cache: Store) -> None:
    server.server_close()
    upstreams = [follow(component(f"p{number}"), {"fedora": distro(server)}) for number in range(200)]
    answers = resolve_all(upstreams, Clones(cache, patience=QUICK), {}, jobs=4)
    assert all(isinstance(answer, Failure) for answer in answers)
    assert server.asked == []


def test_git_is_led_elsewhere(server: Server, jq: Package, cache: Store) -> None:
    server.fail("/moved/", "to " + server.url(""))
    tree = taken(server, component(), cache, around=distro(server, git="/moved/git/$pkg.git"), archives=False)
    assert tree.pin.digest == jq.git("rev-parse", "HEAD")


def test_git_is_not_led_into_this_machine(server: Server, jq: Package, cache: Store) -> None:
    server.fail("/moved/", f"to file://{jq.bare}?")
    with pytest.raises(Failure) as caught:
        taken(server, component(), cache, around=distro(server, git="/moved/git/$pkg.git"))
    assert caught.value.kind is Kind.SOURCE


def test_a_server_without_filters_gives_all(server: Server, jq: Package, cache: Store) -> None:
    jq.git("-C", str(jq.bare), "config", "uploadpack.allowFilter", "false")
    assert taken(server, component(snapshot=2500), cache).pin.digest == jq.git("rev-parse", "HEAD~1")


# servers that fail: lookaside


@pytest.mark.usefixtures("jq")
@pytest.mark.parametrize(("fault", "times"), [("500", 1), ("cut", 1), ("slow", 1)])
def test_an_archive_comes_through_in_the_end(server: Server, cache: Store, fault: str, times: int) -> None:
    server.fail("/files/", fault, times)
    assert cache.read(taken(server, component(), cache).archives["jq.tar.gz"].digest) == ARCHIVE


@pytest.mark.usefixtures("jq")
@pytest.mark.parametrize("fault", ["404", "500", "cut", "wrong", "hang", "drip", "huge"])
def test_an_archive_that_never_comes_right(server: Server, cache: Store, fault: str) -> None:
    server.fail("/files/", fault)
    begun = time.monotonic()
    with pytest.raises(Failure) as caught:
        taken(server, component(), cache)
    assert time.monotonic() - begun < 20
    assert caught.value.kind is Kind.SOURCE
    assert "/files/jq/" in caught.value.problems[0].why
    assert not (cache.root / "results" / "source").exists()


@pytest.mark.usefixtures("jq")
def test_mirrors_are_asked_in_order(server: Server, cache: Store) -> None:
    server.files["/second/jq.tar.gz"] = server.files["/third/jq.tar.gz"] = ARCHIVE
    server.files["/first/jq.tar.gz"] = b"evil"
    server.fail("/files/", "404")
    mirrors = tuple(server.url(f"/{name}/$filename") for name in ("first", "second", "third"))
    tree = taken(server, component(), cache, around=distro(server, lookaside_mirrors=mirrors))
    assert tree.archives["jq.tar.gz"].origin == server.url("/second/jq.tar.gz")
    assert [path.split("/")[1] for path in server.asked if "jq.tar.gz" in path] == ["files", "first", "second"]


@pytest.mark.usefixtures("jq")
def test_an_archive_is_led_elsewhere_but_not_into_this_machine(server: Server, cache: Store, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(ARCHIVE)
    server.files["/there"] = ARCHIVE
    mirrors = (server.url("/moved/there"),)
    server.fail("/files/", f"to file://{tmp_path}/here?")
    server.fail("/moved/", "to " + server.url(""))
    tree = taken(server, component(), cache, around=distro(server, lookaside_mirrors=mirrors))
    assert tree.archives["jq.tar.gz"].origin == mirrors[0]


@pytest.mark.usefixtures("jq")
def test_origins_come_after_the_lookaside_unless_disabled(server: Server, cache: Store) -> None:
    extra = b"extra"
    server.files["/origin/extra"] = extra
    source = SourceFile(
        filename="extra",
        hash=hashlib.sha512(extra).hexdigest(),
        hash_type="SHA512",
        origin=Download(uri=server.url("/origin/extra")),
    )
    one = component()
    one = Component(name="jq", spec=one.spec, source_files=(source,))
    with pytest.raises(Failure):
        taken(server, one, cache, around=distro(server, disable_origins=True))
    assert not any("/origin/" in path for path in server.asked)
    tree = taken(server, one, cache)
    assert tree.archives["extra"].origin == server.url("/origin/extra")
    assert tree.sources.splitlines()[1] == f"SHA512 (extra) = {source.hash}"
    assert any(path.startswith("/files/jq/extra/sha512/") for path in server.asked)


def test_md5_counts_once_and_then_its_sha512(server: Server, cache: Store, tmp_path: Path) -> None:
    make(server, "old", sources=f"{MD5}  old.tgz\n")
    place = f"/files/old/old.tgz/md5/{MD5}/old.tgz"
    server.files[place] = ARCHIVE
    tree = taken(server, component("old"), cache)
    assert tree.repins == {f"{MD5}  old.tgz": SHA512}
    assert tree.sources == f"{MD5}  old.tgz\n"
    lock = Lock(upstream_commit=tree.pin.digest, ours=f"[headwater.repins]\n'{MD5}  old.tgz' = '{SHA512}'\n")
    assert taken(server, component("old"), cache, lock=lock, offline=True) == tree
    other = Store(tmp_path / "other")
    wrong = Lock(upstream_commit=tree.pin.digest, ours=f"[headwater.repins]\n'{MD5}  old.tgz' = '{'0' * 128}'\n")
    with pytest.raises(Failure) as caught:
        taken(server, component("old"), other, lock=wrong)
    assert caught.value.kind is Kind.SOURCE
    assert taken(server, component("old"), other, lock=lock) == tree


def test_what_md5_was_trusted_for_is_written_into_the_lock(server: Server, cache: Store, tmp_path: Path) -> None:
    make(server, "old", sources=f"{MD5}  old.tgz\n")
    server.files[f"/files/old/old.tgz/md5/{MD5}/old.tgz"] = ARCHIVE
    commit = found(server, component("old"), Clones(cache, patience=QUICK)).commit
    rule = ProjectRule(default_distro=DistroRef(name="fedora"), lock_dir="locks")
    project = Project(root=tmp_path, project=rule, distros={"fedora": distro(server)}, components={"old": component("old")})
    request = Request(project=project, store=cache)
    derive.take_sources(request, project.components["old"])
    assert read_lock(tmp_path / "locks", "old") is None, "what nobody locked is no business of whoever fetches"
    before = with_ours(Lock(upstream_commit=commit), inputs={"rules": "1"}, repins={})
    write_lock(tmp_path / "locks", "old", before)
    derive.take_sources(request, project.components["old"], archives=False)
    assert read_lock(tmp_path / "locks", "old") == before
    derive.take_sources(request, project.components["old"])
    after = read_lock(tmp_path / "locks", "old")
    assert after is not None
    assert after.repins == {f"{MD5}  old.tgz": SHA512}
    assert (after.upstream_commit, after.inputs) == (commit, before.inputs)


# scripts


Run = Callable[..., SourceTree]


@pytest.fixture
def run(server: Server, jq: Package, cache: Store, tmp_path: Path) -> Run:
    """Take a package with one source that a script makes."""
    del jq
    path = tmp_path / "make.sh"

    def taken_with(
        text: str, toolbox: Toolbox | None, *, offline: bool = False, digest: str = "", **more: object
    ) -> SourceTree:
        path.write_text(f"#!/bin/sh -e\n{text}\n")
        origin = Custom(script=str(path), **more)
        source = SourceFile(filename="made.tar.gz", origin=origin, hash=digest, hash_type="SHA512" if digest else "")
        one = Component(name="jq", spec=component().spec, source_files=(source,))
        return taken(server, one, cache, toolbox=(lambda: toolbox) if toolbox else None, offline=offline)

    return taken_with


def unpacked(cache: Store, tree: SourceTree, *words: str) -> str:
    packed = cache.path(tree.archives["made.tar.gz"].digest)
    return subprocess.run(["tar", *words, "-zf", packed], check=True, capture_output=True, text=True).stdout


@pytest.mark.toolbox
def test_a_script_makes_a_source(run: Run, cache: Store, toolbox: Toolbox) -> None:
    text = "wc -c < jq.tar.gz > size; cd /azldev-gen/output; umask 077; mkdir d; cp ../script/size ../script/fix.patch ."
    tree = run(text, toolbox, inputs=("jq.tar.gz", "fix.patch"))
    listed = unpacked(cache, tree, "--numeric-owner", "-tv").splitlines()
    assert [line.split()[-1] for line in listed] == ["d/", "fix.patch", "size"]
    assert all("0/0" in line and "1970-01-01" in line for line in listed)
    assert tree.sources.splitlines()[1] == f"SHA512 (made.tar.gz) = {tree.archives['made.tar.gz'].sha512}"
    assert run(text, toolbox, inputs=("jq.tar.gz", "fix.patch"), offline=True) == tree
    assert run(text, toolbox, inputs=("jq.tar.gz", "fix.patch"), digest=tree.archives["made.tar.gz"].sha512) == tree


@pytest.mark.toolbox
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo it broke >&2; exit 3", "it broke"),
        ("true", "wrote nothing"),
        ("ln -s /etc/passwd /azldev-gen/output/x", "/etc/passwd"),
        ("mkfifo /azldev-gen/output/x", "pipe"),
        ("echo > /azldev-gen/output/x; mount -t tmpfs x /mnt", "mount"),
        ("echo > /azldev-gen/output/x; touch /usr/x", "Read-only"),
        ("dd if=/dev/zero of=/azldev-gen/output/y bs=1M seek=9000 count=1", "exit code"),
    ],
)
def test_a_script_that_fails_or_wants_too_much(run: Run, cache: Store, toolbox: Toolbox, text: str, said: str) -> None:
    with pytest.raises(Failure) as caught:
        run(text, toolbox)
    assert caught.value.kind is Kind.SOURCE
    assert "made.tar.gz" in caught.value.problems[0].what
    assert said in caught.value.problems[0].why
    assert not (cache.root / "results" / "custom").exists()


@pytest.mark.toolbox
def test_a_script_has_no_power(run: Run, cache: Store, toolbox: Toolbox) -> None:
    tree = run("grep -e ^Cap -e ^NoNewPrivs /proc/self/status > /azldev-gen/output/powers", toolbox)
    powers = unpacked(cache, tree, "-xO").splitlines()
    assert {line.split()[1] for line in powers if line.startswith("Cap")} == {"0" * 16}
    assert powers[-1].split() == ["NoNewPrivs:", "1"]


@pytest.mark.toolbox
def test_a_script_has_a_network_only_with_a_reason(run: Run, server: Server, toolbox: Toolbox) -> None:
    server.files["/files/vendored"] = b"v"
    fetch = f'import urllib.request as r; r.urlretrieve("{server.url("/files/vendored")}", "/azldev-gen/output/v")'
    text, reason = f"python3 -c '{fetch}'", "its vendored modules are fetched by lock file"
    with pytest.raises(Failure) as caught:
        run(text, toolbox)
    assert "network-reason" in caught.value.problems[0].hint
    assert "/files/vendored" not in server.asked
    with pytest.raises(Failure):
        run(text, toolbox, network_reason=reason, offline=True)
    assert run(text, toolbox, network_reason=reason).archives["made.tar.gz"].size
    assert "/files/vendored" in server.asked


@pytest.mark.toolbox
def test_a_script_makes_something_else_than_was_said(run: Run, toolbox: Toolbox) -> None:
    with pytest.raises(Failure) as caught:
        run("echo a > /azldev-gen/output/a", toolbox, digest="0" * 128)
    assert caught.value.kind is Kind.SOURCE


def test_a_script_without_a_toolbox_or_an_input(run: Run) -> None:
    with pytest.raises(Failure) as caught:
        run("true", None)
    assert caught.value.kind is Kind.TOOL
    for inputs in (("gone",), ("../x",), ("make.sh",)):
        with pytest.raises(Failure) as caught:
            run("true", Toolbox(root=Path("/nonexistent"), key="k"), inputs=inputs)
        assert caught.value.kind is Kind.CONFIG
