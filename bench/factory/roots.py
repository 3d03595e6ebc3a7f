"""Build roots: ready to be used, against dnf5 that installs the same packages; their key, against reading the payloads."""

import time
from collections.abc import Callable, Iterator
from itertools import count

from project import Copy, Pair, turns

from headwater.build import buildroot, component_of
from headwater.build.buildroot import package_entries
from headwater.engine import Forest, digest_of_bytes
from headwater.engine.model import File
from headwater.rpm import headers
from headwater.toolbox import sandbox

DNF5 = """set -e; rm -rf /srv/root
dnf5 -q -y --installroot=/srv/root --repofrompath=alki,file:///media/base --repo=alki --setopt=install_weak_deps=False \
  --setopt=pkg_gpgcheck=0 --setopt=metadata_expire=never --setopt=cachedir=/srv/cache --releasever=0 install "$@" """


class Roots:
    """The root that jq is built in, with the packages of all other roots beside: more than two hundred."""

    def __init__(self, copy: Copy) -> None:
        self.copy, self.line = copy, copy.line
        self.job = copy.line.job("jq")
        self.runs = count()
        in_cycles = self.line.route.course.broken  # variants that they need are not published
        names = [name for name in self.line.order() if component_of(name) not in in_cycles]
        self.packages = sorted({rpm for name in names for rpm in self.line.chosen(name)})
        found = headers(self.packages, copy.workshop.toolbox, copy.request.store)
        self.headers = dict(zip(self.packages, found, strict=True))

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        number = len(self.packages)
        yield f"root of {number} packages ready, dnf5 --installroot", 0.01, turns(self.ready(), self.dnf5)
        yield f"key of a root of {number} packages from their headers, 1 s", 0.5, self.key

    def ready(self) -> Callable[[], None]:
        """Merge, hand over and show a root that never was: each run has a new file in 250 of its directories."""
        forest, engine = self.line.engine.forest, self.line.engine
        trees = [(rpm, forest.plant(package_entries(header))) for rpm, header in self.headers.items()]
        folders = [path for path, entry in forest.walk(self.job.action.root) if entry is None and path.count("/") < 4][:250]

        def once() -> None:
            mark = f"{next(self.runs)} of {time.time()}".encode()
            extra = forest.plant([(f"{path}/.mark", File(digest_of_bytes(mark))) for path in folders])
            root = buildroot.compose(trees, (*self.job.made, buildroot.Made(tree=extra, content={}, names={})), forest)
            engine.provide(root, lambda wanted: ((digest, mark) for digest in wanted))
            with engine.client.stage(root) as place:
                assert (place / "usr/bin/bash").exists()

        return once

    def dnf5(self) -> None:
        names = [f"{rpm.name}-{rpm.version}-{rpm.release}.{rpm.arch}" for rpm in self.packages]
        place = self.copy.folder / "dnf5"
        place.mkdir(exist_ok=True)
        binds = [
            sandbox.Bind(source=place, target="/srv", writable=True),
            sandbox.Bind(source=self.copy.repository.path, target="/media"),
        ]
        words = ["sh", "-c", DNF5, "dnf5", *names]
        sandbox.run(self.copy.workshop.toolbox, words, binds=binds, many_ids=True, timeout=600)
        assert (place / "root/usr/bin/bash").exists()

    def key(self) -> Pair:
        """From headers as they lie in the store to the action's digest, in a forest that knows nothing; beside one second."""
        forest = Forest()

        def compute() -> None:
            trees = [(rpm, forest.plant(package_entries(header))) for rpm, header in self.headers.items()]
            forest.merge([(rpm.nevra, digest) for rpm, digest in trees])

        return turns(compute, lambda: None)()[0], 1.0
