"""Repository metadata by createrepo_c in the toolbox: the same packages give the same bytes."""

from __future__ import annotations

from pathlib import Path

from headwater.errors import Kind
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

PLACE = "/tmp/channel"  # noqa: S108 in the sandbox, on its own tmpfs
LIMIT = 600  # seconds
# zstd is what dnf5 reads fastest. One worker: with more, the order of records would depend on who was first.
WORDS = ("createrepo_c", "--quiet", "--no-database", "--general-compress-type=zstd", "--changelog-limit=10", "--workers=1")


def write_metadata(channel: Path, epoch: int, toolbox: Toolbox) -> None:
    """Make `repodata/` for the packages below a folder; every time in it is `epoch` (Unix time)."""
    words = [*WORDS, f"--revision={epoch}", "--set-timestamp-to-revision", PLACE]
    binds = [sandbox.Bind(source=channel, target=PLACE, writable=True)]
    what = f"no metadata could be made for channel `{channel.name}`"
    sandbox.run(toolbox, words, binds=binds, timeout=LIMIT, kind=Kind.REPOSITORY, what=what)
