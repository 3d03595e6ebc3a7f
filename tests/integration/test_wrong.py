"""What goes wrong, as a user meets it: the real program gives exit code, place and hint, and leaves nothing half done."""

import dataclasses
import hashlib
import io
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from tests.integration.ctrl_c import heed_ctrl_c

from headwater.errors import Kind
from headwater.store import Store
from headwater.toolbox import Toolbox, debian
from headwater.toolbox.debian import Deb, Lock
from headwater.toolbox.root import _key

DISTRO = Path(__file__).parents[2] / "distro"
HEAD = """
[project]
default-distro = { name = "test" }

[distros.test]
default-version = "0"
versions.0.release-ver = "0"
"""
TOOL = """
[components.tool]
description = "A tool"
spec = { type = "local", path = "tool.spec" }
"""
OTHER = TOOL.replace("components.tool", "components.other")
OVERLAY = """
[[components.tool.overlays]]
description = "It differs"
"""
SPEC = """Name: tool
Version: 1
Release: 1
Summary: A tool
License: MIT
BuildArch: noarch
%description
A tool.
"""
PROBLEM = re.compile(
    r"^error: (?P<what>.+)\n(?: --> (?P<file>[^:\n]+)(?::(?P<line>\d+).*)?\n)?(?P<why>(?: {5}.*\n)*)(?:hint: (?P<hint>.+)\n)?",
    re.MULTILINE,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Desk:
    """A user's project and store; `env` is what the machine says beside ours."""

    project: Path
    store: Path
    env: dict[str, str] = dataclasses.field(default_factory=dict)

    def write(self, text: str, *, spec: str = SPEC) -> None:
        self.project.mkdir(exist_ok=True)
        (self.project / "headwater.toml").write_text(text)
        (self.project / "tool.spec").write_text(spec)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "headwater", "--store", str(self.store), "-C", str(self.project), *words],
            env={**os.environ, "NO_PROXY": "127.0.0.1", **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,  # noqa: PLW1509 it takes no lock
        )

    def hw(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `hw` as a user does."""
        return end(self.start(*words))

    def files(self) -> dict[Path, bytes | None]:
        """All that is in the project but its key, which is made on first use; a folder has no content."""
        found = (path for path in sorted(self.project.rglob("*")) if "keys" not in path.parts)
        return {path.relative_to(self.project): path.read_bytes() if path.is_file() else None for path in found}

    def kept(self, kind: str) -> list[Path]:
        return sorted((self.store / "results" / kind).glob("*"))

    def blobs(self) -> list[Path]:
        return sorted(self.store.glob("blobs/*/*"))

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """What runs in this block leaves the project as it was, and nothing unfinished in the store."""
        before = self.files()
        yield
        assert self.files() == before
        assert list((self.store / "tmp").glob("*")) == []


def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def wait_for(there: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not there():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.02)


def refused(result: subprocess.CompletedProcess[str], kind: Kind, names: str, place: tuple[str, int] | None = None) -> str:
    """The one problem that a run ended with: of this kind, naming this thing and place, with a hint."""
    assert "Traceback" not in result.stderr, result.stderr[-3000:]
    assert result.returncode == kind.value, result.stderr
    assert result.stdout == ""
    (told,) = PROBLEM.finditer(result.stderr)
    assert names in told[0]
    assert place in {None, (told["file"], int(told["line"] or 0))}
    assert told["hint"], f"no hint ends it: {told[0]}"
    assert can_be_typed(told["hint"]), f"no such command: {told['hint']}"
    return told[0]


def can_be_typed(hint: str) -> bool:
    """Whether a hint that begins with a command of ours begins with one that there is."""
    if not hint.startswith("hw "):
        return True
    words = shlex.split(re.split(r"[,;:]", hint)[0])[1:]
    vector = [sys.executable, "-m", "headwater", *words, "--help"]
    return subprocess.run(vector, capture_output=True, check=False).returncode == 0


def line_of(snippet: str, text: str, file: str = "headwater.toml") -> tuple[str, int]:
    """The place of the first line that holds the snippet."""
    return file, 1 + next(number for number, line in enumerate(text.splitlines()) if snippet in line)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(project=tmp_path / "project", store=tmp_path / "store")


def another(desk: Desk) -> Desk:
    """A desk beside this one, for comparison."""
    return Desk(project=desk.project.with_name("other-project"), store=desk.store.with_name("other-store"))


# what is written wrongly: kind, TOML, what is named, a snippet of the line that is blamed

FAULTS = {
    "unknown key": (Kind.CONFIG, HEAD + TOOL + 'desciption = ""\n', "`desciption`", "desciption"),
    "wrong type": (Kind.CONFIG, HEAD + TOOL.replace('"A tool"', "7"), "`components.tool.description`", "= 7"),
    "missing include": (Kind.CONFIG, 'includes = ["more.toml"]\n' + HEAD, "more.toml", "more.toml"),
    "missing spec": (Kind.CONFIG, HEAD + TOOL.replace("tool.spec", "toll.spec"), "toll.spec", "toll.spec"),
    "missing patch": (Kind.CONFIG, HEAD + TOOL + OVERLAY + 'type = "patch-add"\nsource = "a.patch"\n', "a.patch", "a.patch"),
    "overlay of no tag": (
        Kind.OVERLAY,
        HEAD + TOOL + OVERLAY + 'type = "spec-update-tag"\ntag = "Licence"\nvalue = "MIT"\n',
        "`Licence`",
        "[[components.tool.overlays]]",
    ),
    "overlay of no line": (
        Kind.OVERLAY,
        HEAD + TOOL + OVERLAY + 'type = "spec-search-replace"\nregex = "^A tol[.]$"\nreplacement = "Another"\n',
        "`^A tol[.]$`",
        "[[components.tool.overlays]]",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_written_wrongly_is_told_with_its_line(desk: Desk, fault: str) -> None:
    kind, text, names, at = FAULTS[fault]
    desk.write(text)
    with desk.untouched():
        refused(desk.hw("render"), kind, names, line_of(at, text))


def test_a_file_that_only_the_spec_names_is_missed_at_its_component(desk: Desk) -> None:
    text = HEAD + TOOL
    desk.write(text, spec="Source0: tool.conf\n" + SPEC)
    with desk.untouched():
        refused(desk.hw("render"), Kind.SOURCE, "`tool.conf`", line_of("[components.tool]", text))


def test_all_that_is_written_wrongly_is_told_at_once_and_to_scripts_too(desk: Desk) -> None:
    text = HEAD + TOOL.replace('"A tool"', "7") + 'desciption = "A tool"\n'
    desk.write(text)
    result = desk.hw("--json", "check")
    assert result.returncode == Kind.CONFIG.value
    problems = json.loads(result.stderr)["problems"]
    places = {(one["code"], one["where"]["file"], one["where"]["line"]) for one in problems}
    assert places == {(Kind.CONFIG.value, *line_of(snippet, text)) for snippet in ("= 7", "desciption")}


def test_a_folder_without_a_project_is_told(desk: Desk) -> None:
    desk.project.mkdir()
    refused(desk.hw("check"), Kind.CONFIG, "`headwater.toml`")


# what comes from outside


class Server(ThreadingHTTPServer):
    """Serves `files` and remembers what it was asked. In the middle every answer waits for `go`; `halves` answers end there."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.halves = 0
        self.go = threading.Event()
        self.go.set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        middle = (start + len(content)) // 2
        self.wfile.write(content[start:middle])
        self.server.go.wait(60)
        if self.server.halves:
            self.server.halves -= 1
            self.close_connection = True
        else:
            self.wfile.write(content[middle:])

    def handle(self) -> None:
        with suppress(ConnectionError):  # who asked may be stopped by Ctrl-C
            super().handle()

    def log_message(self, *words: object) -> None:
        """Nothing: pytest's output is for pytest."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.go.set()
        running.shutdown()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    info.uname = info.gname = "root"
    return info


def packed(files: dict[str, bytes], members: Sequence[tarfile.TarInfo] = ()) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, content in files.items():
            tar.addfile(entry(name, size=len(content)), io.BytesIO(content))
        for member in members:
            tar.addfile(member)
    return held.getvalue()


def release(*members: tarfile.TarInfo, filler: int = 0) -> bytes:
    """An archive with its spec inside and these members; `filler` bytes do not compress."""
    noise = random.Random(1).randbytes(filler)  # noqa: S311 noise
    return packed({"tool-1/tool.spec": SPEC.encode(), "tool-1/noise": noise}, members)


def from_archive(content: bytes, *urls: str) -> str:
    """A project whose component has its spec in an archive of this content."""
    origins = ", ".join(f'{{ type = "download", uri = "{url}" }}' for url in urls)
    return f"""{HEAD}
[components.tool]
description = "A tool"
spec = {{ type = "archive" }}

[[components.tool.source-files]]
filename = "tool-1.tar.gz"
hash-type = "SHA512"
hash = "{hashlib.sha512(content).hexdigest()}"
origins = [{origins}]
"""


ARCHIVES = {
    "a path above": release(entry("../evil")),
    "a path above after going in": release(entry("tool-1/../../evil")),
    "an absolute path": release(entry("/tmp/evil")),
    "a device node": release(entry("tool-1/sda", tarfile.BLKTYPE)),
    "a pipe": release(entry("tool-1/pipe", tarfile.FIFOTYPE)),
    "a link that leads out": release(entry("tool-1/out", tarfile.SYMTYPE, "../../etc/passwd")),
    "a hard link that leads out": release(entry("tool-1/out", tarfile.LNKTYPE, "/etc/passwd")),
    "a cut end": release(filler=10_000)[:-5_000],
}


@pytest.mark.parametrize("fault", ARCHIVES)
def test_a_hostile_archive_is_refused_each_time(desk: Desk, server: Server, fault: str) -> None:
    content = server.files["/a"] = ARCHIVES[fault]
    text = from_archive(content, server.url("/a"))
    desk.write(text)
    for _ in range(2):  # the second time it is in the store
        with desk.untouched():
            refused(desk.hw("render"), Kind.SOURCE, "`tool-1.tar.gz`", line_of("spec =", text))
    assert desk.kept("spec-member") == []


def test_another_content_than_the_digest_says_is_never_kept(desk: Desk, server: Server) -> None:
    content = server.files["/a"] = release()
    text = from_archive(b"what was reviewed", server.url("/a"))
    desk.write(text)
    with desk.untouched():
        told = refused(desk.hw("render"), Kind.SOURCE, "`tool-1.tar.gz`", line_of("source-files", text))
    assert hashlib.sha512(content).hexdigest()[:16] in told
    assert [path for path in desk.store.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_mirrors_that_are_gone_are_told_one_by_one(desk: Desk, server: Server) -> None:
    with Server() as gone:
        dead = gone.url("/a")  # nobody listens there any more
    text = from_archive(release(), dead, server.url("/none"))
    desk.write(text)
    with desk.untouched():
        told = refused(desk.hw("render"), Kind.SOURCE, "`tool-1.tar.gz`", line_of("source-files", text))
    assert dead in told
    assert server.url("/none") in told


def test_a_mirror_that_cuts_off_is_gone_on_with_later(desk: Desk, server: Server) -> None:
    content = server.files["/a"] = release(filler=1 << 20)
    text = from_archive(content, server.url("/a"))
    desk.write(text)
    server.halves = 3
    with desk.untouched():
        refused(desk.hw("render"), Kind.SOURCE, "`tool-1.tar.gz`", line_of("source-files", text))
    assert desk.kept("source") == []
    assert desk.hw("render").returncode == 0
    assert server.asked[-1][1], "it goes on where it was cut"


def test_a_user_says_how_often_a_mirror_is_asked(desk: Desk, server: Server) -> None:
    content = server.files["/a"] = release(filler=1 << 20)
    desk.write(from_archive(content, server.url("/a")))
    server.halves = 1
    assert desk.hw("--network-retries", "1", "render").returncode == Kind.SOURCE.value
    assert len(server.asked) == 1


def test_half_a_download_that_nobody_goes_on_with_goes_at_last(desk: Desk, server: Server) -> None:
    content = server.files["/a"] = release(filler=1 << 20)
    desk.write(from_archive(content, server.url("/a")))
    server.halves = 3
    assert desk.hw("render").returncode == Kind.SOURCE.value
    (half,) = [path for path in desk.store.rglob("*") if path.is_file() and path.stat().st_size]
    os.utime(half, (0, 0))
    assert desk.hw("store", "gc").returncode == 0
    assert not half.exists()


# Ctrl-C, and two at once


def began(desk: Desk) -> bool:
    return any(path.stat().st_size for path in (desk.store / "partial").glob("*"))


def test_ctrl_c_in_the_middle_of_a_download_is_gone_on_with_later(desk: Desk, server: Server) -> None:
    content = server.files["/a"] = release(filler=1 << 20)
    desk.write(from_archive(content, server.url("/a")))
    server.go.clear()
    with desk.untouched():
        process = desk.start("render")
        wait_for(lambda: began(desk))
        os.killpg(process.pid, signal.SIGINT)
        refused(end(process), Kind.INTERRUPTED, "stopped")
    assert desk.kept("source") == []
    server.go.set()
    assert desk.hw("render").returncode == 0
    assert server.asked[-1][1], "it goes on where it was cut"


@pytest.mark.parametrize("stopped", [False, True], ids=["both stay", "the first is stopped"])
def test_two_at_once_fetch_once_and_write_one_whole_answer(desk: Desk, server: Server, *, stopped: bool) -> None:
    content = server.files["/a"] = release(filler=1 << 20)
    text = from_archive(content, server.url("/a")) + OTHER
    desk.write(text)
    server.go.clear()
    first = desk.start("render")
    wait_for(lambda: began(desk))
    second = desk.start("render")
    time.sleep(1)  # for it to come and wait
    assert len(server.asked) == 1
    if stopped:
        os.killpg(first.pid, signal.SIGINT)
        refused(end(first), Kind.INTERRUPTED, "stopped")
    server.go.set()
    result = end(second)
    assert result.returncode == 0, result.stderr
    assert stopped or end(first).returncode == 0
    assert len(server.asked) == 1 + stopped
    alone = another(desk)
    alone.write(text)
    assert alone.hw("render").returncode == 0
    assert desk.files() == alone.files()


# a full disk


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    """Mounts a small disk below tmp_path: its name, its options."""
    places = []

    def mounted(name: str, options: str) -> Path:
        place = tmp_path / name
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
        places.append(place)
        return place

    yield mounted
    for place in places:
        subprocess.run(["umount", place], check=True)


@pytest.mark.root
def test_a_full_store_keeps_no_half_file(desk: Desk, server: Server, mount: Callable[[str, str], Path]) -> None:
    content = server.files["/a"] = release(filler=2 << 20)
    desk.write(from_archive(content, server.url("/a")))
    small = dataclasses.replace(desk, store=mount("small", "size=1m"))
    with small.untouched():
        told = refused(small.hw("render"), Kind.STORE, "full")
    assert str(small.store) in told
    assert small.blobs() == []


@pytest.mark.root
@pytest.mark.parametrize("full", ["store", "project"])
@pytest.mark.parametrize("limit", [("nr_inodes", 1), ("size", os.sysconf("SC_PAGESIZE"))], ids=["files", "bytes"])
def test_wherever_a_disk_becomes_full_all_that_is_there_is_whole(
    desk: Desk, server: Server, mount: Callable[[str, str], Path], full: str, limit: tuple[str, int]
) -> None:
    content = server.files["/a"] = release()
    text = from_archive(content, server.url("/a")) + OTHER
    whole = another(desk)
    whole.write(text)
    assert whole.hw("render").returncode == 0
    desk.write(text)
    for room in range(4 if full == "project" else 1, 40):  # for one file or page more each time, until all find their place
        small = dataclasses.replace(desk, **{full: mount(f"{full}-{room}", f"{limit[0]}={room * limit[1]}")})
        small.write(text)
        result = small.hw("render")
        if result.returncode == 0:
            break
        refused(result, Kind.STORE, "full")
        assert list((small.store / "tmp").glob("*")) == []
        assert small.files().items() <= whole.files().items()
    assert small.files() == whole.files()


# what needs the toolbox: rpm's word, and Debian packages


@pytest.fixture
def workshop(desk: Desk, toolbox: Toolbox, store: Store) -> Desk:
    """A desk whose store holds the toolbox and nothing else."""
    locked = debian.read_lock(DISTRO / "toolbox.lock")
    assert locked
    moved = store.get("moved-toolbox", _key(locked.debs))
    if toolbox.moved and moved:
        locked = msgspec.structs.replace(locked, debs=msgspec.convert(moved.facts, tuple[Deb, ...]))
    for folder in (desk.project, desk.store):
        folder.mkdir()
    (desk.store / "trees").symlink_to(store.root / "trees")
    (desk.project / "toolbox.toml").write_bytes((DISTRO / "toolbox.toml").read_bytes())
    debian.write_lock(desk.project / "toolbox.lock", locked)
    return desk


def write_bridged(desk: Desk, *debs: Deb, more: str = "", spec: str = SPEC) -> None:
    """A project over whose bridge these packages come, locked as `hw bridge update` would lock them."""
    names = tuple(one.name for one in debs)
    wish = f'[[bridge.packages]]\nnames = {json.dumps(names)}\nreason = "A test asks for them"\n' if names else ""
    desk.write(f'includes = ["toolbox.toml"]\n{HEAD}\n[bridge]\nsuite = "forky"\n{wish}{more}', spec=spec)
    debian.write_lock(desk.project / "bridge.lock", Lock(suite="forky", wanted=names, debs=debs))


@pytest.mark.toolbox
def test_a_spec_that_rpm_rejects_is_told_with_its_line(workshop: Desk) -> None:
    spec = SPEC.replace("%description", "Fancy: yes\n%description")
    write_bridged(workshop, more=TOOL, spec=spec)
    with workshop.untouched():
        told = refused(workshop.hw("build"), Kind.SPEC, "`tool.spec`", line_of("Fancy", spec, "tool.spec"))
    assert "Fancy" in told


@pytest.fixture
def mirror(workshop: Desk, server: Server, tmp_path: Path) -> Desk:
    """A workshop whose machine's apt knows one mirror of Debian, which is ours."""
    place = tmp_path / "apt"
    index = b"Package: none\nVersion: 1.0\nArchitecture: all\nFilename: pool/none.deb\nSize: 1\n"
    listed = f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-amd64/Packages"
    about = f"Origin: Debian\nCodename: forky\nDate: Mon, 01 Jan 2024 00:00:00 UTC\n{listed}\n"
    server.files |= {"/dists/forky/Release": about.encode(), "/dists/forky/main/binary-amd64/Packages": index}
    for folder in ("lists/partial", "cache/archives/partial"):
        (place / folder).mkdir(parents=True)
    (place / "sources.list").write_text(f"deb [trusted=yes arch=amd64] {server.url('/')} forky main\n")
    own = {"State::lists": place / "lists", "Cache": place / "cache", "Etc::sourcelist": place / "sources.list"}
    nothing = dict.fromkeys(["Etc::main", "Etc::parts", "Etc::sourceparts", "Etc::preferencesparts"], Path("/dev/null"))
    lines = [f'Dir::{key} "{value}";' for key, value in (own | nothing).items()]
    (place / "apt.conf").write_text("\n".join([*lines, 'APT::Sandbox::User "";', 'Acquire::Languages "none";']))
    env = {"APT_CONFIG": str(place / "apt.conf")}
    subprocess.run(["apt-get", "update", "-qq"], env=os.environ | env, check=True)
    return dataclasses.replace(workshop, env=env)


def deb(*members: tarfile.TarInfo) -> bytes:
    """A Debian package with these entries (deb(5): an ar archive of three files)."""
    control = b"Package: bad\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a test\n"
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": packed({"./control": control}),
        "data.tar.gz": packed({"./usr/share/bad/file": b"good"}, members),
    }
    out = b"!<arch>\n"
    for name, data in parts.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def pin(content: bytes) -> Deb:
    sha256 = hashlib.sha256(content).hexdigest()
    return Deb(name="bad", version="1.0", arch="all", sha256=sha256, size=len(content), path="pool/main/b/bad/bad_1.0_all.deb")


DEBS = {
    "a path outside the root": deb(entry("./../etc/passwd")),
    "an absolute path": deb(entry("/etc/passwd")),
    "a device node": deb(entry("./dev/sda", tarfile.BLKTYPE)),
    "a path through a link": deb(entry("./usr/lib/x", tarfile.SYMTYPE, "/etc"), entry("./usr/lib/x/passwd")),
    "a cut end": deb()[:-100],
}


@pytest.mark.toolbox
@pytest.mark.parametrize("fault", DEBS)
def test_a_hostile_debian_package_is_refused_each_time(mirror: Desk, server: Server, fault: str) -> None:
    one = pin(DEBS[fault])
    server.files[f"/{one.path}"] = DEBS[fault]
    write_bridged(mirror, one)
    for _ in range(2):  # the second time it is in the store
        with mirror.untouched():
            refused(mirror.hw("build"), Kind.SOURCE, f"`{one.filename}`")
    assert mirror.kept("bridge") == []


@pytest.mark.toolbox
@pytest.mark.parametrize("fault", ["nobody", "nothing", "another package"])
def test_a_mirror_without_the_locked_debian_package_is_told(mirror: Desk, server: Server, fault: str) -> None:
    one = pin(deb())
    write_bridged(mirror, one)
    if fault == "nobody":
        server.shutdown()
        server.server_close()
    elif fault == "another package":
        server.files[f"/{one.path}"] = deb(entry("./usr/share/bad/door"))
    with mirror.untouched():
        refused(mirror.hw("build"), Kind.SOURCE, f"`{one.filename}`")
    assert mirror.blobs() == []
