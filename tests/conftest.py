"""What tests share: one store, one toolbox, and who may be skipped where.

The store is Headwater's own default unless HEADWATER_TEST_STORE names another folder, so the toolbox is built once for
`make world` and for the tests. With CI=true nothing is skipped: a machine that lacks something fails.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import settings

from headwater.errors import Failure
from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox
from headwater.toolbox.debian import mirror

DISTRO = Path(__file__).parents[1] / "distro"
STRICT = os.environ.get("CI") == "true"

collect_ignore = [] if os.environ.get("CORPUS") or os.environ.get("AZLDEV") else ["corpus"]  # `make corpus` names them

settings.register_profile("house", deadline=None, derandomize=STRICT)  # a busy machine is no finding
settings.load_profile("house")


@pytest.fixture(scope="session")
def store() -> Store:
    """Headwater's store; results are by digest, so tests share it with everything else."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Store(Path(os.environ.get("HEADWATER_TEST_STORE") or Path(cache) / "headwater"))


@pytest.fixture(scope="session")
def toolbox(store: Store) -> Toolbox:
    """The toolbox that `distro/` locks; built if need be."""
    rule = tomllib.loads((DISTRO / "toolbox.toml").read_text())["toolbox"]
    names = [name for wanted in rule["packages"] for name in wanted["names"]]
    try:
        return open_toolbox(rule["suite"], names, DISTRO / "toolbox.lock", store)
    except Failure as failure:
        if STRICT:
            raise
        pytest.skip(f"no toolbox: {failure}")


@pytest.fixture(scope="session")
def world(store: Store) -> dict:
    """What `hw world` says of the finished world of `distro/`; made if need be."""
    words = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(DISTRO), "--json", "world"]
    result = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 0, "hw world failed: its words stand above"
    return json.loads(result.stdout)


@pytest.fixture(scope="session", autouse=True)
def _swept(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A run of ours that was killed could not remove its folders, and pytest keeps them for days: they have gigabytes."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    base = tmp_path_factory.getbasetemp()
    (base / "headwater").touch()
    for mark in base.parent.glob("pytest-*/headwater"):
        if mark.parent != base and _was_killed(mark.parent):
            shutil.rmtree(mark.parent, ignore_errors=True)


def _was_killed(folder: Path) -> bool:
    """pytest's `.lock` is there while a run lasts, and holds its process id."""
    try:
        return not Path("/proc", (folder / ".lock").read_text()).exists()
    except OSError:  # the run has ended, or somebody else removes it just now
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What this machine can not do is skipped, each with its reason; in CI nothing is."""
    if STRICT:
        return
    lacking = {marker: reason for marker, reason in _lacking().items() if reason}
    for item in items:
        for marker, reason in lacking.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _lacking() -> dict[str, str]:
    """What keeps tests of a marker from running here; empty if nothing does."""
    missing = [program for program in ("mmdebstrap", "bwrap", "apt-get") if not shutil.which(program)]
    workshop = f"{', '.join(missing)} missing: run tools/prepare" if missing else ""
    return {
        "root": "" if os.geteuid() == 0 else "needs root",
        "mirror": _no_mirror(),
        "toolbox": workshop,
        "world": workshop,
        "guest": workshop,
    }


def _no_mirror() -> str:
    try:
        mirror()
    except Failure as failure:
        return str(failure)
    return ""
