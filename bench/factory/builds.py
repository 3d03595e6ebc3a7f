"""Builds: one against rpmbuild alone, all when nothing changed, a change that reaches nobody, two at once, on a cluster."""

import shutil
import subprocess
from collections.abc import Callable, Iterator

from project import Copy, Pair, seconds, turns
from tests.integration.cluster import open_cluster

from headwater.build import Line, build_all
from headwater.build.shell import argv
from headwater.config.model import BuildRule
from headwater.digest import digest_bytes
from headwater.engine import Engine, Server, open_engine
from headwater.render.model import RenderedPackage
from headwater.upstream.model import LooseFile, Pin, SourceTree

SIX = """Name: six{number}
Version: 1
Release: 1
Summary: One of six that take the same time
License: MIT
BuildArch: noarch
%description
Measured.
%build
for round in $(seq 60); do head -c 20000000 /dev/zero | sha512sum; done
%install
mkdir -p %{{buildroot}}/usr/share/six{number}
%files
/usr/share/six{number}
"""


class Builds:
    """Packages of the project, and six of its own."""

    def __init__(self, copy: Copy) -> None:
        self.copy = copy

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        yield "lsscsi by hw build, rpmbuild in a plain bwrap on ext4", 1.4, self.lsscsi
        yield "all of Alki when nothing changed, building it", 0.005, self.nothing
        yield "all of Alki when nothing changed, 1 s", 1, self.second
        yield "packages rebuilt beyond one with a new comment, 1 + none", 1, self.comment
        yield "six equal builds two at once, one after another", 0.6, self.six
        yield "six equal builds by BuildGrid and two workers, on this machine", 1.4, self.cluster

    def lsscsi(self) -> Pair:
        """A forced build by `hw`; the same script in the same root, laid on a disk."""
        line = self.copy.line
        job, place = line.job("lsscsi"), self.copy.folder / "root"
        line.engine.provide(job.action.root, lambda wanted: line.workshop.supply(job, wanted))
        with line.engine.client.stage(job.action.root) as root:
            subprocess.run(["cp", "-a", str(root), str(place)], check=True)

        def alone() -> None:
            for left in ("BUILD", "BUILDROOT", "RPMS", "SRPMS"):
                shutil.rmtree(place / "build" / left)
                (place / "build" / left).mkdir()
            words = [*job.action.arguments]
            subprocess.run(argv(job, place, words), check=True, capture_output=True)

        return turns(lambda: self.copy.hw("build", "--force", "lsscsi"), alone)()

    def nothing(self) -> Pair:
        """`hw build`, against the seconds that each build took when it was done."""
        took = sum(row["seconds"] for row in self.copy.hw("build"))
        return min(seconds(lambda: self.copy.hw("build")) for _ in range(5)), took

    def second(self) -> Pair:
        return self.nothing()[0], 1.0

    def comment(self) -> Pair:
        """A comment in the spec of oniguruma, which jq is built with."""
        spec = self.copy.project / "specs-src" / "oniguruma" / "oniguruma.spec"
        spec.write_text("# a comment that a benchmark made\n" + spec.read_text())
        built = [row["component"] for row in self.copy.hw("build") if row["reason"] != "cached"]
        assert "oniguruma" in built, built
        return float(len(built)), 1.0

    def six(self) -> Pair:
        """Builds that only compute, by our own scheduler."""
        engine = self.copy.line.engine
        return turns(lambda: self.equal(engine, 2), lambda: self.equal(engine, 1), 2)()

    def cluster(self) -> Pair:
        """The same builds by a server and two workers on this machine, and by this machine's own engine."""
        here, toolbox, store = self.copy.line.engine, self.copy.workshop.toolbox, self.copy.request.store
        with (
            open_cluster(self.copy.folder / "cluster", toolbox, store) as cluster,
            open_engine(store, toolbox, server=Server(url=cluster.url)) as far,
        ):
            return turns(lambda: self.equal(far, 2), lambda: self.equal(here, 2), 3)()

    def equal(self, engine: Engine, jobs: int) -> None:
        """Six equal builds, so many at once, whatever is known of them."""
        packages = [rendered(f"six{number}", SIX.format(number=number)) for number in range(6)]
        mine = Line(
            packages,
            {one.component: BuildRule() for one in packages},
            self.copy.request.project.build_root,
            [rpm for rpm in self.copy.repository.channels["base"].packages if rpm.origin == "bridge"],
            engine=engine,
            toolbox=self.copy.workshop.toolbox,
            store=self.copy.request.store,
        )
        build_all(mine, sign=lambda rpms: rpms, verify=lambda _: None, force=True, jobs=jobs)


def rendered(name: str, spec: str) -> RenderedPackage:
    pin = Pin(kind="local", name=name, digest=digest_bytes(spec.encode()))
    tree = SourceTree(component=name, spec=f"{name}.spec", files={f"{name}.spec": LooseFile(content=spec.encode())}, pin=pin)
    return RenderedPackage(component=name, upstream=tree, tree=tree, changes=(), digest=pin.digest)
