"""Repositories: trees and commits of any bytes, whole or damaged, give a package's files or a Failure; no name leads out."""

import posixpath
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config.model import Component
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.render import render
from headwater.store import Store
from headwater.upstream import Clones, Lock, Upstream, locked, resolve
from headwater.upstream.distgit import read_dist_git
from headwater.upstream.model import SourceTree
from headwater.upstream.spectree import read_spec_tree

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
SPEC = b"Name: brook\nVersion: 1\nRelease: 1\nSource0: brook.tar.gz\n"
SOURCES = b"SHA512 (brook.tar.gz) = " + b"a" * 128 + b"\n"
NAMES = st.sampled_from(
    [b"brook.spec", b"other.spec", b"sources", b"a", b"a.patch", b".git", b".GIT", b"..", b".", b"", b"a/b", b"a\nb", b"\xff",
     b"-rf"]
)  # fmt: skip
MODES = st.sampled_from(
    [b"100644", b"100644", b"100755", b"120000", b"040000", b"40000", b"160000", b"100600", b"0", b"777777"]
)
MISSING = b"\1" * 20
LINKS = st.sampled_from([b"brook.spec", b"../brook.spec", b"/etc/passwd", b"a", b"..", b"\xff", b""])
WHERE = Origin(file="brook.toml", line=1)


@st.composite
def trees(draw: Callable, repository: pygit2.Repository, depth: int = 0) -> bytes:
    """The id of a tree of odd entries, as git stores it: `mode name NUL id`, each."""
    blobs = [SPEC, SOURCES, draw(LINKS), draw(st.binary(max_size=9))]
    content = b""
    for number in range(draw(st.integers(0, 4))):
        name, mode = (b"brook.spec", b"100644") if number == 0 and draw(st.booleans()) else (draw(NAMES), draw(MODES))
        inner = mode in {b"040000", b"40000"} and depth < 3
        if inner:
            there = draw(trees(repository, depth + 1))
        else:
            there = repository.odb.write(pygit2.GIT_OBJECT_BLOB, draw(st.sampled_from(blobs))).raw
        content += mode + b" " + name + b"\0" + draw(st.sampled_from([there, there, there, MISSING]))
    return repository.odb.write(pygit2.GIT_OBJECT_TREE, content).raw


def commit(repository: pygit2.Repository, tree: bytes, lines: bytes) -> None:
    text = b"tree " + tree.hex().encode() + b"\n" + lines
    made = repository.odb.write(pygit2.GIT_OBJECT_COMMIT, text)
    repository.references.create("refs/heads/main", made, force=True)


COMMIT = b"author A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\nwords\n"


def taken(place: Path, kind: str, store: Store, **more: str) -> SourceTree:
    upstream = Upstream(component="brook", kind=kind, name="brook", url=f"file://{place}", branch="main", where=WHERE, **more)
    clones = Clones(store)
    answer = locked(upstream, clones, None) if kind == "dist-git" else resolve(upstream, clones)
    tree, _ = (read_dist_git if kind == "dist-git" else read_spec_tree)(upstream, answer, clones)
    return tree


def check(found: SourceTree | Failure, outcome, store: Store) -> None:
    if isinstance(found, Failure):
        assert found.kind is Kind.SOURCE
        return
    assert found.spec in found.files
    for name, file in found.files.items():
        assert not posixpath.normpath(name).startswith(("/", ".."))
        assert not {"..", ".", ".git", ""} & set(name.lower().split("/"))
        assert file.mode in {0o644, 0o755}
    outcome(lambda: render(Component(name="brook"), found, store))


@given(data=st.data(), kind=st.sampled_from(["dist-git", "spec-tree"]))
@FUZZ
def test_any_tree_gives_files_within_their_folder(data: st.DataObject, kind: str, outcome, spoilt) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place, store = Path(folder) / "brook", Store(Path(folder) / "store")
        repository = pygit2.init_repository(str(place), bare=True)
        tree = data.draw(trees(repository))
        commit(repository, tree, data.draw(st.just(COMMIT) | spoilt(COMMIT)))
        path = data.draw(st.sampled_from(["", "a", "a/a"])) if kind == "spec-tree" else ""
        check(outcome(lambda: taken(place, kind, store, path=path)), outcome, store)
        assert {path.name for path in Path(folder).iterdir()} <= {"brook", "store"}


@given(data=st.data(), seed=st.integers(0, 1 << 32), kept=st.sampled_from(["loose", "packed"]))
@FUZZ
def test_a_damaged_repository_is_read_or_refused(data: st.DataObject, seed: int, kept: str, outcome, spoilt) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place, store = Path(folder) / "brook", Store(Path(folder) / "store")
        repository = pygit2.init_repository(str(place), bare=True)
        blob = repository.odb.write(pygit2.GIT_OBJECT_BLOB, SPEC).raw
        commit(repository, repository.odb.write(pygit2.GIT_OBJECT_TREE, b"100644 brook.spec\0" + blob).raw, COMMIT)
        if kept == "packed":
            repository.pack()
            for loose in place.glob("objects/??"):
                shutil.rmtree(loose)
        files = sorted(path for path in place.rglob("*") if path.is_file() and "hooks" not in path.parts)
        hurt = random.Random(seed).choice(files)  # noqa: S311 a case is found again by its seed
        hurt.chmod(0o644)
        hurt.write_bytes(data.draw(spoilt(hurt.read_bytes()) | st.just(b"")))
        check(outcome(lambda: taken(place, "dist-git", store)), outcome, store)


@given(commit=st.text(max_size=50), head=st.text(max_size=10))
@FUZZ
def test_a_lock_of_any_words_names_no_other_commit(commit: str, head: str, outcome) -> None:
    upstream = Upstream(component="brook", kind="dist-git", name="brook", url="file:///nowhere", branch="main", commit=head)
    with tempfile.TemporaryDirectory() as folder:
        found = outcome(lambda: locked(upstream, Clones(Store(Path(folder))), Lock(upstream_commit=commit)))
    if not isinstance(found, Failure):
        assert found.commit in {commit, head}
