"""A process of its own that builds images again from nothing but their packages; `reproduce` starts it as somebody else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.config.model import Distro, Project, ProjectRule
from headwater.config.policy import Policy
from headwater.image.build import build_image
from headwater.image.model import Image
from headwater.rpm.model import Rpm
from headwater.sign.model import Trust
from headwater.store import Store
from headwater.toolbox.model import Toolbox

UMASK = 0o077


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An image and the packages that are in it."""

    rule: ImageRule
    packages: tuple[Rpm, ...]


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """What to build: `parts` in order of need, each into `output`/NAME, in the store at `store`, which has the packages."""

    parts: tuple[Part, ...]
    root: Path
    settings: ProjectRule
    distros: dict[str, Distro]
    policy: Policy
    toolbox: Toolbox
    trust: Trust
    store: Path
    output: Path


def encode(wanted: Again) -> bytes:
    return msgspec.json.encode(wanted, enc_hook=str)


def build_again(wanted: Again) -> None:
    """Packages were checked for their signatures when they were chosen; here they are known by digest."""
    project = Project(root=wanted.root, project=wanted.settings, distros=wanted.distros, policy=wanted.policy)
    made: dict[str, Image] = {}
    for part in wanted.parts:
        made[part.rule.name] = build_image(
            part.rule,
            project=project,
            packages=part.packages,
            verify=lambda _: None,
            toolbox=wanted.toolbox,
            store=Store(wanted.store),
            output=wanted.output,
            images=made,
            trust=wanted.trust,
        )


def main() -> None:
    """One processor, nobody else's files readable for others; the job is on standard input."""
    os.umask(UMASK)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    build_again(msgspec.json.decode(sys.stdin.buffer.read(), type=Again, dec_hook=lambda kind, text: kind(text)))
