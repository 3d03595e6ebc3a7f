"""The public tree of Azure Linux, read once; where it is not there, tests that need it say so."""

import os
from pathlib import Path

import pytest

from headwater.config import Project, load

COMMIT = "afd2c0a114bf7233b17d9753bbaff3ae831a9bdb"  # of the branch tomls/base/main: what the counts are of
LARGE = "texlive.spec"  # copies of the tree may lack it


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The checkout that CORPUS names."""
    named = os.environ.get("CORPUS")
    if not named:
        pytest.skip("CORPUS names no checkout of Azure Linux")
    root = Path(named)
    assert (root / "azldev.toml").is_file(), f"CORPUS={named} is no checkout of Azure Linux"
    return root.resolve()


@pytest.fixture(scope="session")
def counted(corpus: Path) -> None:
    """Counts are of one commit."""
    import pygit2  # noqa: PLC0415 only where there is a corpus

    try:
        head = str(pygit2.Repository(str(corpus)).head.target)
    except pygit2.GitError as error:
        pytest.skip(f"counts are of commit {COMMIT[:12]}, and CORPUS cannot tell its own: {error}")
    if head != COMMIT:
        pytest.skip(f"counts are of commit {COMMIT[:12]}, CORPUS is at {head[:12]}")


@pytest.fixture(scope="session")
def azldev() -> str:
    """The binary that AZLDEV names."""
    named = os.environ.get("AZLDEV")
    if not named:
        pytest.skip("AZLDEV does not name azldev's binary")
    return named


@pytest.fixture(scope="session")
def project(corpus: Path) -> Project:
    """All of it, without a problem: else there is a Failure here."""
    return load(corpus)


@pytest.fixture(scope="session")
def specs(corpus: Path) -> dict[str, bytes]:
    """The rendered specs by their path in the tree."""
    found = sorted((corpus / "specs").glob("*/*/*.spec"))
    return {str(path.relative_to(corpus)): path.read_bytes() for path in found if path.name != LARGE}
