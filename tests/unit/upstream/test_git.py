"""Repositories of this machine: read in place, with no program started."""

import os
import subprocess
from pathlib import Path

import pytest

from headwater import command
from headwater.config.model import Component, Distro, DistroRef, DistroVersion, SpecSource, SpecType
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.upstream import Clones, Surroundings, follow, objects, resolve, take
from headwater.upstream.hosts import Refused

SPEC = "Name: a\nVersion: 1\n"


@pytest.fixture
def work(tmp_path: Path, work_at):
    made = work_at(tmp_path / "a")
    (made.place / "a.spec").write_text(SPEC)
    made.commit()
    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def distros(uri: str, **more: str) -> dict[str, Distro]:
    return {
        "d": Distro(
            default_version="1", versions={"1": DistroVersion(dist_git_branch="main")}, **{"dist_git_base_uri": uri, **more}
        )
    }


def component(**spec: object) -> Component:
    return Component(name="a", spec=SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="d"), **spec))


@pytest.mark.parametrize("bare", [True, False])
def test_no_program_is_started_and_no_copy_made(
    work, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bare: bool
) -> None:
    head = work.commit(1_000_000_100)
    if bare:
        work.git("clone", "-q", "--bare", str(work.place), str(tmp_path / "b"))
        (work.place.rename(tmp_path / "gone"), (tmp_path / "b").rename(work.place))
    monkeypatch.setattr(command, "run", lambda *_, **__: pytest.fail("a program was started"))
    around = Surroundings(distros=distros(f"file://{tmp_path}/$pkg"))
    tree = take(component(), store, root=tmp_path, around=around, offline=True)
    assert (tree.pin.digest, tree.text) == (head, SPEC)
    assert not (store.root / "git").exists()


def test_a_repository_of_somebody_else_is_read(work, store: Store, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        for path in [work.place, *work.place.rglob("*")]:
            os.chown(path, 65534, 65534)
    assert resolve(follow(component(), distros(f"file://{tmp_path}/$pkg")), Clones(store)).commit


def test_hooks_and_settings_of_a_repository_do_nothing(work, store: Store, tmp_path: Path) -> None:
    for name in ("core.fsmonitor", "core.sshCommand", "core.askPass", "filter.x.smudge"):
        work.git("config", name, f"touch {tmp_path}/evil")
    (work.place / ".gitattributes").write_text("* filter=x\n")
    work.git("-c", "filter.x.clean=cat", "add", "-A")
    work.git("commit", "-q", "-m", "x")
    (tmp_path / "evil").unlink(missing_ok=True)  # git itself has done it
    take(component(), store, root=tmp_path, around=Surroundings(distros=distros(f"file://{tmp_path}/$pkg")))
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("name", [b"a\nb", b".GIT", b"c:\x1b[31m", b"\xff"])
def test_hostile_names_in_a_tree(work, store: Store, tmp_path: Path, name: bytes) -> None:
    blob = work.git("hash-object", "-w", "a.spec")
    listed = f"100644 blob {blob}\ta.spec\0".encode() + f"100644 blob {blob}\t".encode() + name + b"\0"
    tree = (
        subprocess.run(["git", "mktree", "-z"], cwd=work.place, input=listed, check=True, capture_output=True)
        .stdout.decode()
        .strip()
    )
    work.git("update-ref", "refs/heads/main", work.git("commit-tree", "-m", "x", tree))
    with pytest.raises(Failure) as caught:
        take(component(), store, root=tmp_path, around=Surroundings(distros=distros(f"file://{tmp_path}/$pkg")))
    assert caught.value.kind is Kind.SOURCE


def test_what_is_too_much_is_refused(work, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        (work.place / f"{number}").write_text("x" * 100)
    deep = work.place
    for _ in range(4):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "x").write_text("")
    work.commit()
    repository = Clones(store).open(f"file://{work.place}")
    assert len(repository.read_tree(repository.head("main"), "main").files) == 11
    head = repository.head("main")
    for limit, value in (("MOST_FILES", 5), ("MOST_BYTES", 500), ("DEEPEST", 3), ("MOST", 50)):
        with monkeypatch.context() as patched:
            patched.setattr(objects, limit, value)
            with pytest.raises(Refused):
                repository.read_tree(head, "main")


def test_a_damaged_repository_is_a_failure(work, store: Store, tmp_path: Path) -> None:
    for path in (work.place / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"garbage")
    with pytest.raises(Failure) as caught:
        take(component(), store, root=tmp_path, around=Surroundings(distros=distros(f"file://{tmp_path}/$pkg")))
    assert caught.value.kind is Kind.SOURCE


@pytest.mark.parametrize("name", ["deadbee", "0" * 40, "main", "HEAD"])
def test_what_is_no_commit_there(work, store: Store, name: str) -> None:
    with pytest.raises(Refused):
        Clones(store).open(f"file://{work.place}").read_tree(name, "main")


def test_a_tree_is_no_commit(work, store: Store) -> None:
    with pytest.raises(Refused):
        Clones(store).open(f"file://{work.place}").read_tree(work.git("rev-parse", "HEAD^{tree}"), "main")


@pytest.mark.parametrize(
    ("header", "wanted"), [("", "caf\udce9\n"), ("encoding ISO-8859-1\n", "caf\u00e9\n"), ("encoding x\n", "caf\udce9\n")]
)
def test_words_in_other_encodings(work, store: Store, header: str, wanted: str) -> None:
    who = "a <a@a> 1000000000 +0000"
    text = f"tree {work.git('rev-parse', 'HEAD^{tree}')}\nauthor {who}\ncommitter {who}\n{header}\n".encode() + b"caf\xe9\n"
    made = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    head = subprocess.run(made, cwd=work.place, input=text, check=True, capture_output=True).stdout.decode().strip()
    (commit,) = Clones(store).open(f"file://{work.place}").log(head, "main", until=head)
    assert commit.message == wanted


def test_a_spec_of_another_name_and_of_none(work, store: Store, tmp_path: Path) -> None:
    around = Surroundings(distros=distros(f"file://{tmp_path}/a"))
    assert take(Component(name="b", spec=component().spec), store, root=tmp_path, around=around).spec == "b.spec"
    (work.place / "c.spec").write_text(SPEC)
    work.commit()
    with pytest.raises(Failure) as caught:
        take(Component(name="d", spec=component().spec), store, root=tmp_path, around=around)
    assert "a.spec, c.spec" in caught.value.problems[0].why
    with pytest.raises(Failure):  # `c.spec` would be overwritten
        take(Component(name="c", spec=component(upstream_name="a").spec), store, root=tmp_path, around=around)


# folders that are no repositories


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "tree" / "specs" / "a"
    (place / "sub").mkdir(parents=True)
    (place / "a.spec").write_text(SPEC)
    (place / "sub" / "x").write_text("x")
    (place / "run").symlink_to("sub/x")
    (place / "sources").write_text(f"SHA512 (a.tgz) = {'a' * 128}\n")
    return place


def in_folder(tmp_path: Path) -> Surroundings:
    return Surroundings(distros=distros("", spec_tree_uri=f"{tmp_path}/tree", spec_tree_path="specs/$pkg"))


def test_a_folder_of_specs_without_history(folder: Path, store: Store, tmp_path: Path) -> None:
    first = take(component(), store, root=tmp_path, around=in_folder(tmp_path), archives=False)
    assert set(first.files) == {"a.spec", "sub/x", "run"}
    assert first.sources.startswith("SHA512 (a.tgz)")
    assert len(first.pin.digest) == 128
    (folder / "sub" / "x").write_text("y")
    assert take(component(), store, root=tmp_path, around=in_folder(tmp_path), archives=False).pin.digest != first.pin.digest


@pytest.mark.parametrize("goal", ["/etc/passwd", "../../../store", "sub"])
def test_a_link_out_of_a_folder(folder: Path, store: Store, tmp_path: Path, goal: str) -> None:
    (folder / "evil").symlink_to(goal)
    if goal == "sub":  # to a folder inside: walked past, not into
        assert "evil/x" not in take(component(), store, root=tmp_path, around=in_folder(tmp_path), archives=False).files
        return
    with pytest.raises(Failure) as caught:
        take(component(), store, root=tmp_path, around=in_folder(tmp_path), archives=False)
    assert caught.value.kind is Kind.SOURCE


@pytest.mark.parametrize(
    "content", ["{", '{"Signatures": {"a.tgz": "short"}}', '{"Signatures": {"../a": "' + "0" * 64 + '"}}', "[]"]
)
def test_signatures_that_are_none(folder: Path, store: Store, tmp_path: Path, content: str) -> None:
    (folder / "sources").unlink()
    (folder / "a.signatures.json").write_text(content)
    with pytest.raises(Failure) as caught:
        take(component(), store, root=tmp_path, around=in_folder(tmp_path), archives=False)
    assert caught.value.kind is Kind.SOURCE
    assert caught.value.problems[0].where
    assert caught.value.problems[0].where.file.endswith("specs/a/a.signatures.json")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["HEAD", "HEAD^{tree}", "HEAD:a.spec"])
def test_an_object_that_was_cut_is_told(work, store: Store, tmp_path: Path, name: str) -> None:
    id_ = work.git("rev-parse", name)
    file = work.place / ".git" / "objects" / id_[:2] / id_[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Failure) as caught:
        take(component(), store, root=tmp_path, around=Surroundings(distros=distros(f"file://{tmp_path}/$pkg")))
    assert caught.value.kind is Kind.SOURCE
    assert "cut" in caught.value.problems[0].why


def test_an_object_that_unpacks_to_much_more_is_whole(work, store: Store, tmp_path: Path) -> None:
    (work.place / "zeros").write_bytes(bytes(20 << 20))
    work.commit()
    tree = take(component(), store, root=tmp_path, around=Surroundings(distros=distros(f"file://{tmp_path}/$pkg")))
    assert len(tree.files["zeros"].content) == 20 << 20


def test_a_tag_of_a_tag_is_the_commit_behind_it(work, store: Store) -> None:
    head = work.git("rev-parse", "HEAD")
    work.git("tag", "-a", "-m", "x", "one")
    work.git("tag", "-a", "-m", "x", "two", "one")
    assert Clones(store).open(f"file://{work.place}").head("two") == head
