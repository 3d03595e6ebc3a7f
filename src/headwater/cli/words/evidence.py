"""`hw why` and `hw sbom`: everything the world was made from, told."""

from __future__ import annotations

from pathlib import Path

import click

from headwater import evidence
from headwater.cli.output import show_json, show_text
from headwater.cli.setting import Setting
from headwater.errors import Kind, fail
from headwater.evidence.model import World


@click.command()
@click.argument("thing")
@click.pass_obj
def why(setting: Setting, thing: str) -> None:
    """Follow a thing to where it began.

    THING is a component (`jq`), a package (`libcap-ng`), a file in an image (`base:/usr/bin/jq`), or a line of a rendered spec
    (`jq.spec:12`).
    """
    chain = evidence.why(thing, world_of(setting))
    if setting.style == "json":
        show_json(chain)
    else:
        show_text(evidence.as_text(chain))


@click.command()
@click.argument("image")
@click.option("--format", "kind", type=click.Choice(["spdx", "cyclonedx"]), default="spdx", show_default=True)
@click.pass_obj
def sbom(setting: Setting, image: str, kind: str) -> None:
    """The bill of materials of an image, as `hw world` wrote it: SPDX 2.3 or CycloneDX 1.6 JSON."""
    place = setting.project.output / "sbom" / f"{image}.{'spdx' if kind == 'spdx' else 'cdx'}.json"
    if not place.exists():
        raise fail(Kind.USAGE, f"image `{image}` has no bill of materials", why=f"looked for {Path(place)}", hint="hw world")
    show_text(place.read_text())


def world_of(setting: Setting) -> World:
    """The last finished world of this project."""
    found = evidence.last_world(setting.project, setting.store)
    if found is None:
        raise fail(Kind.USAGE, "nothing was made yet", why="no finished world of this project is in the store", hint="hw world")
    return found
