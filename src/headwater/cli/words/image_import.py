"""`hw image import`: a kiwi description as tables of ours."""

from __future__ import annotations

from pathlib import Path

import click
import rtoml

from headwater.cli.output import show_text, show_warning
from headwater.image import verbs as images
from headwater.whole import write_whole

HEAD = "# Made by `hw image import` of `{}`. Look at each reason, and at what is not taken over:\n"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", default="", help="What the image is called [default: as kiwi calls it].")
@click.option("--profile", "profiles", multiple=True, help="Only this profile of the description; may be said more than once.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write this file [default: show it].")
def image_import(file: Path, name: str, profiles: tuple[str, ...], output: Path | None) -> None:
    """Turn a kiwi description into tables of [images]: an image for each profile.

    What has no counterpart is said on standard error and in a comment at the top. The file is read, never run.
    """
    found = images.import_kiwi(file, name=name, profiles=profiles, base=output.parent if output else Path())
    text = HEAD.format(file.name) + "".join(f"#   {_line(one)}\n" for one in found.left or ("everything was taken over",))
    text += "\n" + rtoml.dumps({"images": found.images})
    if output:
        write_whole(output, text.encode())
    else:
        show_text(text)
    if found.left:
        show_warning(f"{len(found.left)} things of `{file.name}` have no counterpart", why="\n".join(found.left))


def _line(text: str) -> str:
    """Text that stays in a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
