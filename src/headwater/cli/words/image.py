"""`hw image`: its verbs, of which `build` starts without what all others load."""

from __future__ import annotations

import click


class ImageVerbs(click.Group):
    """Building is asked for most, and often it is done already."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(["build", *_others().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "build":
            from headwater.cli.words.image_build import build  # noqa: PLC0415 as said

            return build
        return _others().get_command(ctx, cmd_name)


def _others() -> click.Group:
    from headwater.cli.words.images import image as others  # noqa: PLC0415 as said

    return others


@click.command(cls=ImageVerbs)
def image() -> None:
    """Images, described in TOML and composed from the signed repository."""
