"""`hw build`, `keys`, `repo`: from the package folder to a signed repository."""

from __future__ import annotations

import time

import click

from headwater import command, pipeline, repo
from headwater.build import plan, shell
from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.derive import pick
from headwater.cli.words.query import query
from headwater.derive import derive
from headwater.errors import Failure, Kind, fail
from headwater.repo.model import Repository
from headwater.request import open_workshop, signer, verifier


@click.command()
@click.argument("names", nargs=-1)
@click.option("--shell", "in_shell", is_flag=True, help="Open a shell in the build root of the one component named.")
@click.option("--why", is_flag=True, help="Build nothing; say what would be built and why.")
@click.option("--force", is_flag=True, help="Build what is named even when its result is there.")
@click.pass_obj
def build(setting: Setting, names: tuple[str, ...], *, in_shell: bool, why: bool, force: bool) -> None:
    """Build components (default: all) and what they need, in order of need."""
    request = setting.request()
    chosen = tuple(component.name for component in pick(setting.project, names)) if names else ()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(setting.project.components.values()))
    bridged = pipeline.cross(request, workshop)
    if in_shell:
        if len(chosen) != 1:
            raise fail(Kind.USAGE, "--shell takes one component", why=f"{len(chosen)} were named", hint="hw build jq --shell")
        sign, verify = signer(request, workshop), verifier(request, workshop)
        with (
            pipeline.open_line(request, workshop, rendered, bridged) as line,
            shell(line, chosen[0], sign=sign, verify=verify) as words,
        ):
            raise click.exceptions.Exit(command.interact(words))
    if why or setting.dry_run:
        with pipeline.open_line(request, workshop, rendered, bridged) as line:
            steps = plan(line, only=chosen, force=force)
        show_table(("component", "build", "reason"), [(one.component, one.build, one.reason) for one in steps], setting.style)
        return
    built = pipeline.make(request, workshop, rendered, bridged, only=chosen, force=force)
    rows = [(one.component, [rpm.nevra for rpm in one.rpms], one.reason, round(one.seconds, 1)) for one in built]
    show_table(("component", "packages", "reason", "seconds"), rows, setting.style)


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
    return pipeline.whole_repository(setting.request())


def _show(setting: Setting, made: Repository) -> None:
    rows = [(one.name, len(one.packages), one.repomd[:16], str(one.path)) for one in made.channels.values()]
    show_table(("channel", "packages", "repomd.xml", "folder"), rows, setting.style)
