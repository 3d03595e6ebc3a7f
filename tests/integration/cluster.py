"""A real cluster on loopback: BuildGrid from PyPI on PostgreSQL from Debian, and `buildbox-worker`s from the toolbox.

For the tests of the engine, and for benchmarks. Nothing is installed on the host: BuildGrid lives in a venv of its own, made
from requirements/cluster.lock, PostgreSQL in a toolbox of its own (cluster.toolbox.lock); both are made once for a store.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from headwater import command
from headwater.digest import digest_of
from headwater.engine import Digest
from headwater.engine.casd import staging
from headwater.engine.programs import host_path, wrap
from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parents[1] / "requirements" / "cluster.lock"
PLATFORM = {"OSFamily": "linux", "ISA": "x86-64"}
PROGRAMS = ("buildbox-casd", "buildbox-fuse", "buildbox-run-bubblewrap", "buildbox-worker")
PATIENCE = 60  # seconds until something that was started must answer
DATABASE = "/usr/lib/postgresql/18/bin"

PAGE = HERE.parents[1] / "docs" / "how-to" / "build-on-a-cluster.md"  # its server.yml is what the tests start
# short intervals, and a worker that is silent is given up soon
HASTE = {"bot-session-keepalive-timeout": "5", "session-expiry-timer-interval": "1"}


def configuration(channels: str, database: str, content: Path, authorization: str) -> str:
    """The page's server.yml, with the places and the haste of a test."""
    (text,) = re.findall(r"```yaml\n(# server.yml\n.*?)```", PAGE.read_text(), re.DOTALL)
    changes = [(r"^server:\n.*?(?=^connections:)", f"server: {channels}\n"), (r"(?<=connection-string: ).*?$", database)]
    changes += [(r"(?<=    path: ).*?$", str(content))]
    changes += [(rf"(?<={key}: )[0-9]+", value) for key, value in HASTE.items()]
    for pattern, value in changes:
        text, count = re.subn(pattern, value, text, flags=re.MULTILINE | re.DOTALL)
        assert count == 1, f"{PAGE.name} has one `{pattern}`"
    return f"{text}{authorization}\n"


class Cluster:
    """A server and its workers, each to be begun and ended; `folder` holds all that they write."""

    def __init__(self, folder: Path, toolbox: Toolbox, store: Store) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir(exist_ok=True)
        # a venv's own scripts know where it was made, and not where it lies now
        self.bgd = (grid(store) / "bin/python", "-c", "from buildgrid.server.app import cli; cli()")
        self.box = open_toolbox("forky", ["postgresql"], HERE / "cluster.toolbox.lock", store)
        self.programs = wrap(folder / "programs", toolbox, PROGRAMS)
        self.running: dict[str, command.Process] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"grpc://{self.address}/main"

    @property
    def database(self) -> str:
        return f"postgresql+psycopg2://grid@/postgres?host={self.folder / 'database'}"

    def begin(self, workers: tuple[str, ...] = ("one", "two")) -> None:
        """All of it, and wait until it is there."""
        self.begin_database()
        self.begin_server()
        for name in workers:
            self.begin_worker(name)

    def begin_database(self) -> None:
        place = self.folder / "database"
        place.mkdir()
        passwd = self.folder / "passwd"  # it refuses to be root
        passwd.write_text("grid:x:1000:1000::/tmp:/bin/sh\n")
        box = ["bwrap", "--die-with-parent", "--unshare-all", "--uid", "1000", "--gid", "1000", "--ro-bind", self.box.root, "/"]
        box += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run", "--bind", place, "/srv"]
        box += ["--ro-bind", passwd, "/etc/passwd", "--clearenv", "--setenv", "LC_ALL", "C.UTF-8"]
        box += ["--setenv", "PATH", f"{DATABASE}:/usr/bin:/bin"]
        command.run([*box, "initdb", "-D", "/srv/data", "-U", "grid", "-A", "trust", "--no-sync", "-E", "UTF8"])
        settings = ["listen_addresses=", "unix_socket_directories=/srv", "fsync=off", "synchronous_commit=off"]
        self._start("database", [*box, "postgres", "-D", "/srv/data", *(word for one in settings for word in ("-c", one))])
        until("the database", (place / ".s.PGSQL.5432").exists)
        command.run([*self.bgd, "migrate", "apply", self.database])

    def begin_server(self, name: str = "server", channels: str = "", authorization: str = "", port: int = 0) -> None:
        """BuildGrid, on the cluster's port, or another one with other `channels` (YAML) and another `authorization`."""
        plain = f"[!channel {{address: '{self.address}', insecure-mode: true}}]"
        config = self.folder / f"{name}.yml"
        (self.folder / "content").mkdir(exist_ok=True)
        config.write_text(configuration(channels or plain, self.database, self.folder / "content", authorization))
        self._start(name, [*self.bgd, "server", "start", "-v", config])
        until(f"the {name}", lambda: listens(port or self.port) or self._ended(name))

    def begin_worker(self, name: str, instance: str = "main", address: str = "", **platform: str) -> None:
        """A worker with a casd of its own, that fetches what is asked for."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        url = f"http://{address or self.address}"
        near = f"unix:{home}/socket"
        casd = [self.programs / "buildbox-casd", f"--bind={near}", "--quota-high=4G", "--log-level=warning"]
        casd += [f"--cas-remote={url}", f"--cas-instance={instance}", f"--ac-remote={url}", f"--ac-instance={instance}"]
        self._start(f"{name}.casd", [*casd, home / "cas"], home)
        until(f"the casd of {name}", (home / "socket").exists)
        worker = [self.programs / "buildbox-worker", f"--bots-remote={url}", f"--bots-instance={instance}"]
        worker += [f"--cas-remote={near}", "--concurrent-jobs=1", "--log-level=warning"]
        worker += [f"--buildbox-run={self.programs / 'buildbox-run-bubblewrap'}", f"--runner-arg=--staging-mode={staging()}"]
        worker += [f"--platform={key}={value}" for key, value in (platform or PLATFORM).items()]
        # one that lost its session ends, and is started again, as by systemd or a container's restart policy
        self._start(name, ["sh", "-c", 'while :; do "$@"; sleep 0.2; done', "sh", *worker, name], home)

    def end(self, name: str, *, kill: bool = False) -> None:
        """End a server, a worker or a casd; with `kill` at once and without a farewell."""
        process = self.running.pop(name)
        if kill:
            for pid in session(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        else:
            command.end(process)

    def end_all(self) -> None:
        for name in reversed([*self.running]):
            self.end(name, kill=True)

    def busy(self, script: str) -> str:
        """The name of a worker that runs this script now; empty where none does."""
        for name, process in self.running.items():
            for pid in session(process.pid):
                with suppress(OSError):
                    if script in Path(f"/proc/{pid}/cmdline").read_text():
                        return name
        return ""

    def drop(self, digest: Digest) -> None:
        """Lose content, on the server and on every worker."""
        names = {digest.hash, digest.hash[2:]}
        for path in self.folder.rglob("*"):
            if any(path.name.startswith(name) for name in names):
                path.unlink()

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _ended(self, name: str) -> bool:
        assert self.running[name].poll() is None, f"{name} ended: {self.said(name)[-2000:]}"
        return False

    def _start(self, name: str, words: list[str | Path], home: Path | None = None) -> None:
        environment = {"PATH": f"{self.programs}:{host_path()}", "HOME": str(home or self.folder), "LC_ALL": "C.UTF-8"}
        environment["TMPDIR"] = str(home or self.folder)
        self.running[name] = command.start(words, env=environment, log=self.folder / f"{name}.log")


def grid(store: Store) -> Path:
    """A venv with BuildGrid, made once for a lock and a Python."""
    key = digest_of([1, REQUIREMENTS.read_text(), sys.version])

    def make(place: Path) -> None:
        command.run([sys.executable, "-m", "venv", "--without-pip", place])
        words = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", place / "bin/python"]
        command.run([*words, "install", "--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS])

    return store.tree("cluster", key, make)


@contextmanager
def open_cluster(folder: Path, toolbox: Toolbox, store: Store, workers: tuple[str, ...] = ("one", "two")) -> Iterator[Cluster]:
    """A cluster for as long as the block runs."""
    cluster = Cluster(folder, toolbox, store)
    try:
        cluster.begin(workers)
        yield cluster
    finally:
        cluster.end_all()
        shutil.rmtree(folder, ignore_errors=True)  # its stores are large


def session(pid: int) -> list[int]:
    """A process and all that it started, whatever group they are in."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(place.name)) == pid:
                found.append(int(place.name))
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(what: str, true: object) -> None:
    """Wait until a condition holds."""
    assert callable(true)
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, f"{what} did not come"
        time.sleep(0.05)
