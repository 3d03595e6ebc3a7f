"""A repository as dnf5 sees it: signed, whole, closed, the same bytes twice; a changed byte is refused at every door."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater import command
from headwater.config import load
from headwater.config.resources import RepoKind
from headwater.digest import digest_file
from headwater.errors import Kind
from headwater.repo import check, publish, serve
from headwater.repo.query import Scope, of_layout, of_version, vector
from headwater.rpm.model import Rpm
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

pytestmark = pytest.mark.toolbox
CONFIG = """[main]
gpgcheck=1
[small]
name=small
baseurl={url}/base
gpgcheck=1
repo_gpgcheck=1
gpgkey=file:///tmp/key.asc
"""
INSTALL = (
    "mkdir /tmp/root /tmp/repos; cat > /tmp/repos/small.repo; dnf5 -y --installroot=/tmp/root --use-host-config "
    '--setopt=reposdir=/tmp/repos --setopt=cachedir=/tmp/cache --setopt=logdir=/tmp/log install "$@"; '
    "cat /tmp/root/usr/share/$1/file"
)

Publish = Callable[..., Path]


@pytest.fixture
def published(signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path) -> Publish:
    """Publish some of the small packages; the folder is a copy, so that a test may damage it."""

    def make(*names: str) -> Path:
        publish([signed[name] for name in names], key, toolbox, store, tmp_path / "made")
        shutil.copytree(tmp_path / "made", tmp_path / "repo", dirs_exist_ok=True)
        for path in (tmp_path / "repo").rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return tmp_path / "repo"

    return make


def install(folder: Path, toolbox: Toolbox, key_file: Path, *names: str) -> command.Result:
    with serve(folder) as url:
        binds = [sandbox.Bind(source=key_file, target="/tmp/key.asc")]
        words = ["sh", "-ec", INSTALL, "sh", *names]
        stdin = CONFIG.format(url=url).encode()
        return sandbox.run(toolbox, words, binds=binds, stdin=stdin, network=True, accept=range(256), timeout=120)


def test_dnf5_installs_what_is_signed(published: Publish, toolbox: Toolbox) -> None:
    folder = published("alpha", "beta", "gamma", "alpha.src")
    result = install(folder, toolbox, folder / "key.asc", "gamma")
    assert result.code == 0, result.stderr.decode()
    assert result.text.endswith("gamma\n")


def test_dnf5_refuses_a_changed_package(published: Publish, toolbox: Toolbox) -> None:
    folder = published("beta")
    file = folder / "base" / "packages" / "beta-1.0-1.noarch.rpm"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    result = install(folder, toolbox, folder / "key.asc", "beta")
    assert result.code != 0
    assert b"checksum" in result.stderr.lower()


def test_dnf5_refuses_changed_metadata(published: Publish, toolbox: Toolbox) -> None:
    folder = published("beta")
    repomd = folder / "base" / "repodata" / "repomd.xml"
    repomd.write_bytes(repomd.read_bytes().replace(b"<revision>1", b"<revision>2"))
    result = install(folder, toolbox, folder / "key.asc", "beta")
    assert result.code != 0
    assert b"signature" in result.stderr.lower()


def test_dnf5_refuses_another_key(published: Publish, toolbox: Toolbox, other_key: Key, tmp_path: Path) -> None:
    (tmp_path / "other.asc").write_bytes(other_key.public)
    assert install(published("beta"), toolbox, tmp_path / "other.asc", "beta").code != 0


def test_dnf5_refuses_an_unsigned_package(
    small_rpms: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    """Signed metadata does not stand in for a package's own signature."""
    publish([small_rpms["beta"]], key, toolbox, store, tmp_path / "repo")
    result = install(tmp_path / "repo", toolbox, tmp_path / "repo" / "key.asc", "beta")
    assert result.code != 0
    assert b"signature" in result.stderr.lower() or b"gpg" in result.stderr.lower()


def test_the_same_packages_give_the_same_files(
    signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    rpms = [signed[name] for name in ("alpha", "beta", "alpha.src")]
    first = publish(rpms, key, toolbox, store, tmp_path / "one")
    second = publish(rpms[::-1], key, toolbox, store, tmp_path / "two")
    assert first.digest == second.digest
    assert files(first.path) == files(second.path)
    assert [len(first.channels[name].packages) for name in ("base", "debug", "source")] == [2, 0, 1]


def test_nothing_is_done_twice_and_damage_is_mended(
    signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "repo"
    rpms = [signed["alpha"], signed["beta"]]
    publish(rpms, key, toolbox, store, folder)
    before, inode = files(folder), folder.stat().st_ino
    publish(rpms, key, toolbox, store, folder)
    assert folder.stat().st_ino == inode
    (folder / "base" / "packages" / "beta-1.0-1.noarch.rpm").unlink()
    publish(rpms, key, toolbox, store, folder)
    assert files(folder) == before
    publish(rpms[:1], key, toolbox, store, folder)
    assert [path.name for path in (folder / "base" / "packages").iterdir()] == ["alpha-1.0-1.noarch.rpm"]
    assert [path.name for path in tmp_path.iterdir()] == ["repo"]


def test_a_closed_repository_has_no_problems(
    signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    rpms = [signed[name] for name in ("alpha", "beta", "gamma", "lonely.src")]
    assert check(publish(rpms, key, toolbox, store, tmp_path / "repo")) == ()


def test_what_is_missing_is_named_with_who_needs_it(
    signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store, tmp_path: Path
) -> None:
    rpms = [signed[name] for name in ("alpha", "beta", "lonely", "deep", "rich", "enemy")]
    problems = check(publish(rpms, key, toolbox, store, tmp_path / "repo"))
    assert {problem.kind for problem in problems} == {Kind.REPOSITORY}
    said = {problem.what.split("`")[1]: problem for problem in problems}
    assert "`lonely-1.0-1.noarch`" in said["libdelta.so.1"].why
    assert "`beta`" in said["betta"].hint
    assert "`deep-1.0-1.noarch`" in said["/usr/share/alpha/file"].why
    assert "`rich-1.0-1.noarch`" in said["(alpha and missing)"].why
    assert "conflict" in said["enemy-1.0-1.noarch"].why


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): digest_file(path) for path in folder.rglob("*") if path.is_file()}


QUERIED = """
[project]
default-distro = { name = "small" }
[distros.small]
default-version = "1"
[distros.small.versions.1.inputs]
rpm-build = [{ set = "all" }]
[resources.rpm-repo-set-templates.plain]
subrepos = [{ name = "base", subpath = "base" }, { name = "source", subpath = "source", kind = "source" }]
[resources.rpm-repo-sets.all]
template = "plain"
base-uri = "http://URL"
disable-gpg-check = true
"""


def test_dnf5_answers_over_what_a_version_draws_from(published: Publish, toolbox: Toolbox, tmp_path: Path) -> None:
    folder = published("alpha", "beta", "alpha.src")
    with serve(folder) as url:
        (tmp_path / "headwater.toml").write_text(QUERIED.replace("http://URL", url))
        project = load(tmp_path)
        words = ["repoquery", "--qf", "%{name}.%{arch}.%{repoid}\\n"]
        scope = Scope(without=frozenset({RepoKind.SOURCE}))
        answers = [
            command.run(vector(of_version(project, "1", "rpm-build", one), words, toolbox)).text.split()
            for one in (Scope(), scope)
        ]
    assert answers == [["alpha.noarch.base", "alpha.src.source", "beta.noarch.base"], ["alpha.noarch.base", "beta.noarch.base"]]


def test_a_layout_is_asked_for_each_machine(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text(QUERIED.replace("http://URL", "http://127.0.0.1:9"))
    made = of_layout(load(tmp_path), ["http://a/"], "koji-dist-repo", Scope(arches=("x86_64", "aarch64")))
    assert [(source.id, source.url) for source in made] == [
        ("binary-x86_64", "http://a/x86_64"),
        ("binary-aarch64", "http://a/aarch64"),
        ("debug-x86_64", "http://a/x86_64/debug"),
        ("debug-aarch64", "http://a/aarch64/debug"),
        ("src", "http://a/src"),
    ]
