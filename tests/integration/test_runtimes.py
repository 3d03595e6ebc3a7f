"""A small web server in each language: made in the twin with a compiler, then run in the runtime by who is not root."""

import json
import os
import re
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from headwater import command
from headwater.image.model import Image
from headwater.image.rootfs import compose
from headwater.image.scratch import lay_out
from headwater.image.solve import choose
from headwater.image.verbs import broken, check_image
from headwater.store import Store

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
SOURCES = Path(__file__).parent / "runtimes"
NONROOT = "65532"
MADE = {
    "python": "python3 -m venv env && env/bin/pip install --no-cache-dir --require-hashes -r requirements.txt",
    "node": "npm ci --omit=dev",
    "java": "javac -d made sizes/Sizes.java Server.java && jar -c -f sizes.jar -C made sizes && rm -r made/sizes",
}
RUN = {
    "python": ["/app/env/bin/python", "/app/server.py"],
    "node": ["/usr/bin/node", "/app/server.mjs"],
    "java": ["/usr/bin/java", "-cp", "/app/made:/app/sizes.jar", "Server"],
}
SAID = {"python": "150.0 MB", "node": "150 MB", "java": "150.0 MB"}
# how this machine reaches names and registries, and whom it trusts
OF_THE_HOST = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
SETTINGS = re.compile(r"(PIP|NPM_CONFIG|npm_config|COREPACK)_\w+|(https?|no)_proxy|(HTTPS?|NO)_PROXY")


@pytest.fixture
def root_of(asked, repository, toolbox) -> Callable[[str], AbstractContextManager[Path]]:
    """Lays out the root of an image; not as the layers that a registry would get, which take their time."""

    @contextmanager
    def lay(name: str) -> Iterator[Path]:
        rule = asked.project.images[name]
        chosen = choose(rule, repository.channels["base"].packages, toolbox, asked.store)
        root = compose(rule, [each.rpm for each in chosen], toolbox, asked.store).root
        with asked.store.scratch("container") as place:
            lay_out({entry.path: entry for entry in root.entries}, place, asked.store)
            (place / "app").mkdir()
            yield place

    return lay


def inside(root: Path, app: Path, words: list[str], *, build: bool = False, env: Mapping[str, str] = {}) -> list[str]:
    """The command that runs `words` in a root that nobody can write, as who is not root; a build may write to /app and /tmp."""
    vector = ["bwrap", "--die-with-parent", "--new-session", "--unshare-all", "--share-net", "--uid", NONROOT, "--gid", NONROOT]
    vector += ["--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--clearenv", "--chdir", "/app"]
    vector += ["--bind" if build else "--ro-bind", str(app), "/app", *(["--tmpfs", "/tmp"] if build else [])]
    for name, value in {"PATH": "/usr/bin", "HOME": "/tmp", **env}.items():
        vector += ["--setenv", name, value]
    for path in OF_THE_HOST if build else ():
        if Path(path).exists():
            vector += ["--ro-bind", str(Path(path).resolve()), path]
    return [*vector, "--", *words]


@pytest.fixture
def app(request, root_of, tmp_path) -> Path:
    """The folder with the server and its library, as the twin made it."""
    place = tmp_path / "app"
    shutil.copytree(SOURCES / request.param, place)
    env = {name: value for name, value in os.environ.items() if SETTINGS.fullmatch(name)}
    env |= {"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt"}
    with root_of(f"{request.param}-dev") as root:
        for path in OF_THE_HOST:
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            (root / path[1:]).touch()
        command.run(inside(root, place, ["sh", "-ec", MADE[request.param]], build=True, env=env), timeout=300)
    return place


@contextmanager
def serving(root: Path, app: Path, language: str, log: Path) -> Iterator[str]:
    """The server's address, once it says its port."""
    process = command.start(inside(root, app, RUN[language]), log=log)
    try:
        until = time.monotonic() + 60
        while not (port := re.search(r"^port (\d+)$", log.read_text() if log.exists() else "", re.MULTILINE)):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port[1]}"
    finally:
        command.end(process)


@pytest.mark.parametrize(("language", "app"), [(each, each) for each in MADE], indirect=["app"])
def test_a_server_made_in_the_twin_runs_in_the_runtime(language, app, root_of, tmp_path):
    with root_of(language) as root:
        assert not (root / "usr/bin/sh").exists()
        with serving(root, app, language, tmp_path / "log") as address:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            answer = json.load(opener.open(f"{address}/150000000", timeout=60))
    assert answer == {"said": SAID[language], "uid": int(NONROOT)}


@pytest.mark.parametrize("name", [name for language in MADE for name in (language, f"{language}-dev")])
def test_what_the_images_promise(name, asked, repository, toolbox, tmp_path):
    """`hw world` asks `python` alone. A container is asked by its root, so the layers are not made for it."""
    rule = asked.project.images[name]
    rpms = tuple(each.rpm for each in choose(rule, repository.channels["base"].packages, toolbox, asked.store))
    index = compose(rule, rpms, toolbox, asked.store).index.digest
    made = Image(name=name, kind="oci", key="", artefacts=(), packages=rpms, seconds=0.0, cached=False, index=index)
    served = asked.project.output / "repo"
    kept = {"policy": asked.project.policy, "toolbox": toolbox, "store": asked.store}
    answers = check_image(made, rule, **kept, repository=served, log=tmp_path / "unused")
    assert len(answers) > 1
    assert not [problem.what for problem in broken(made, answers)]


@pytest.mark.parametrize("name", ["python", "java"])
def test_finishers_make_the_same_root_in_another_store(name, asked, repository, toolbox, tmp_path):
    rule = asked.project.images[name]
    rpms = [each.rpm for each in choose(rule, repository.channels["base"].packages, toolbox, asked.store)]
    other = Store(tmp_path / "store")
    for rpm in rpms:
        other.add_file(asked.store.path(rpm.digest))
    made = {entry.path: entry for entry in compose(rule, rpms, toolbox, other).root.entries}
    assert made == {entry.path: entry for entry in compose(rule, rpms, toolbox, asked.store).root.entries}
    assert any(path.endswith(("/__pycache__/ssl.cpython-314.pyc", "/java/cacerts")) for path in made)
