"""Where a component's spec and its source files come from."""

from enum import Enum
from typing import Annotated

from headwater.config.ground import OURS, LocalPath, Rule


class Download(Rule, frozen=True, kw_only=True, tag_field="type", tag="download"):
    uri: str


class Custom(Rule, frozen=True, kw_only=True, tag_field="type", tag="custom"):
    """A script in the project makes the file: it runs in the sandbox, and what it leaves in the output folder is packed.

    `inputs` are other source files that it reads, `mock-packages` what its root holds beside the toolbox. It has no network
    unless `network-reason` (ours) says why it needs one.
    """

    script: LocalPath
    mock_packages: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    network_reason: Annotated[str, OURS] = ""


class DebianPool(Rule, frozen=True, kw_only=True, tag_field="type", tag="debian-pool"):
    """Ours: a file below `pool/main/` of the Debian mirror that this machine's apt configuration names."""

    path: str


class PyPI(Rule, frozen=True, kw_only=True, tag_field="type", tag="pypi"):
    """Ours: a file of a project on the package index that this machine's pip configuration names."""

    project: str


class OverlayOrigin(Rule, frozen=True, kw_only=True, tag_field="type", tag="overlay"):
    """The file is what archive overlays make of upstream's file of the same name."""


Source = Download | Custom | DebianPool | PyPI | OverlayOrigin


class SourceFile(Rule, frozen=True, kw_only=True):
    """One archive or file that the spec names; `origins` (ours) are tried after `origin`, in order."""

    filename: str
    hash: str = ""
    hash_type: str = ""
    origin: Source | None = None
    origins: Annotated[tuple[Source, ...], OURS] = ()
    replace_upstream: bool = False
    replace_reason: str = ""

    def how_to_hash(self) -> str:
        """How its digest is found; what a script makes is nowhere before, and the failure of another digest tells it."""
        if any(isinstance(one, Custom) for one in (self.origin, *self.origins)):
            return f'hash-type = "SHA512", hash = "{"0" * 128}"; what the script made is then told'
        return f'sha512sum {self.filename}; then hash-type = "SHA512", hash = "..."'


class DistroRef(Rule, frozen=True, kw_only=True):
    """A version of a distribution; `snapshot` (RFC 3339 with offset) is a moment of it."""

    name: str
    version: str = ""
    snapshot: str = ""


class SpecType(Enum):
    UNSET = ""
    LOCAL = "local"
    UPSTREAM = "upstream"  # what `upstream-distro` publishes: a dist-git or a tree of specs
    ARCHIVE = "archive"  # ours: the spec inside upstream's own release archive


class SpecSource(Rule, frozen=True, kw_only=True):
    """`archive` and `member` (ours): which source file holds the spec, and where in it (default: the only `*.spec`)."""

    type: SpecType = SpecType.UNSET
    path: LocalPath = ""
    upstream_distro: DistroRef | None = None
    upstream_name: str = ""
    upstream_commit: str = ""
    archive: Annotated[str, OURS] = ""
    member: Annotated[str, OURS] = ""
