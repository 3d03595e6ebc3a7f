"""`hw keys` and `hw repo`: who signs, and the signed repository."""

from __future__ import annotations

import time

import click

from headwater import factory, repo
from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.query import query
from headwater.errors import Failure
from headwater.repo.model import Repository
from headwater.request import open_workshop


@click.group()
def keys() -> None:
    """The project's signing key: made on first use in its key folder, never committed."""


@keys.command("show")
@click.option("--public", is_flag=True, help="The armored public key alone.")
@click.pass_obj
def keys_show(setting: Setting, *, public: bool) -> None:
    """Who signs."""
    key = open_workshop(setting.request()).key
    if public:
        show_text(key.public.decode())
        return
    rows = [("fingerprint", key.fingerprint), ("user id", key.user_id), ("secret key", str(key.secret))]
    show_table(("what", "value"), rows, setting.style)


@click.group("repo")
def repo_group() -> None:
    """The repository: channels base, debug and source, all signed."""


@repo_group.command("publish")
@click.pass_obj
def repo_publish(setting: Setting) -> None:
    """Build what is missing and write the repository."""
    _show(setting, _published(setting))


@repo_group.command("check")
@click.pass_obj
def repo_check(setting: Setting) -> None:
    """Say which dependency of which package is met nowhere in the repository."""
    made = _published(setting)
    problems = repo.check(made)
    if problems:
        raise Failure(problems)
    _show(setting, made)


@repo_group.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 picks a free one.")
@click.pass_obj
def repo_serve(setting: Setting, port: int) -> None:
    """Serve the repository on loopback until Ctrl-C."""
    with repo.serve(_published(setting).path, port=port) as address:
        show_text(address)
        while True:
            time.sleep(3600)


repo_group.add_command(query)


def _published(setting: Setting) -> Repository:
    return factory.whole_repository(setting.request())


def _show(setting: Setting, made: Repository) -> None:
    rows = [(one.name, len(one.packages), one.repomd[:16], str(one.path)) for one in made.channels.values()]
    show_table(("channel", "packages", "repomd.xml", "folder"), rows, setting.style)
