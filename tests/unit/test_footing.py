"""What images stand on is found again only while everything that decides it is as it was."""

import datetime as dt
import subprocess
from pathlib import Path

import msgspec
import pytest

from headwater import footing as room
from headwater.config.model import Project
from headwater.digest import digest_bytes
from headwater.engine import Server
from headwater.footing import Footing, keep_footing, kept_footing
from headwater.request import Request, Workshop
from headwater.rpm.model import Rpm
from headwater.sbom import Facts, Source
from headwater.sign.model import NOBODY, Key
from headwater.store import Store
from headwater.toolbox import Toolbox

GROUND = "2"


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    root = tmp_path / "project"
    metadata = root / "out" / "repo" / "base" / "repodata" / "repomd.xml"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("metadata")
    return Request(project=Project(root=root), store=Store(tmp_path / "store"))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    key = Key(fingerprint="f", signer="s", created=0, user_id="", public=b"", secret=tmp_path)
    return Workshop(toolbox=Toolbox(root=tmp_path, key="t"), key=key, trust=NOBODY)


@pytest.fixture
def footing(request_: Request) -> Footing:
    blob = request_.store.add_bytes(b"package")
    rpm = Rpm(
        name="a", version="1", release="1", arch="noarch", digest=blob.digest, size=blob.size, origin="built", component="a"
    )
    facts = Facts(distro="alki", sources={"a": Source(archives={"a.tar": "0"}, deviations=1)})
    return Footing(packages=(rpm,), facts=facts, published={"repo/base/repodata/repomd.xml": digest_bytes(b"metadata")})


@pytest.fixture
def kept(request_: Request, workshop: Workshop, footing: Footing) -> None:
    keep_footing(request_, workshop, GROUND, footing)


@pytest.mark.usefixtures("kept")
def test_it_is_found_again(request_: Request, workshop: Workshop, footing: Footing) -> None:
    assert kept_footing(request_, workshop, GROUND) == footing


@pytest.mark.usefixtures("kept")
def test_other_inputs_make_another(request_: Request, workshop: Workshop) -> None:
    assert kept_footing(request_, workshop, "another") is None
    other = msgspec.structs.replace(workshop, toolbox=Toolbox(root=Path(), key="another"))
    assert kept_footing(request_, other, GROUND) is None
    other = msgspec.structs.replace(workshop, key=msgspec.structs.replace(workshop.key, fingerprint="another"))
    assert kept_footing(request_, other, GROUND) is None
    for name in ("engine", "cache"):
        server = {name: Server(url="grpc://127.0.0.1:1", table=name)}
        assert kept_footing(msgspec.structs.replace(request_, **server), workshop, GROUND) is None


@pytest.mark.usefixtures("kept")
def test_so_does_another_day_on_which_an_exception_may_have_ended(
    request_: Request, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime.now(tz) + dt.timedelta(days=1)

    monkeypatch.setattr(room, "datetime", Tomorrow)
    assert kept_footing(request_, workshop, GROUND) is None


@pytest.mark.usefixtures("kept")
def test_so_does_a_commit_from_which_releases_are_counted(request_: Request, workshop: Workshop) -> None:
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
    who = ["-c", "user.name=a", "-c", "user.email=a", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "words"]):
        subprocess.run(["git", "-C", request_.project.root, *words], check=True, env=env)
    assert kept_footing(request_, workshop, GROUND) is None


@pytest.mark.usefixtures("kept")
def test_it_is_gone_with_a_package(request_: Request, workshop: Workshop, footing: Footing) -> None:
    request_.store.path(footing.packages[0].digest).unlink()
    assert kept_footing(request_, workshop, GROUND) is None


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("content", [None, "other metadata"])
def test_it_is_gone_with_the_repository(content: str | None, request_: Request, workshop: Workshop) -> None:
    file = request_.project.output / "repo/base/repodata/repomd.xml"
    file.write_text(content) if content else file.unlink()
    assert kept_footing(request_, workshop, GROUND) is None


def test_what_more_than_files_decides_is_not_kept(request_: Request, workshop: Workshop, footing: Footing) -> None:
    keep_footing(request_, workshop, "", footing)
    assert kept_footing(request_, workshop, "") is None
    assert not list(request_.store.results())
