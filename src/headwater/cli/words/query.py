"""`hw repo query`: dnf5 from the toolbox over the repositories that the project names, with azldev's options."""

from __future__ import annotations

import click

from headwater import command
from headwater.cli.output import show_text
from headwater.cli.setting import Setting
from headwater.config.resources import RepoKind
from headwater.errors import Kind, fail
from headwater.repo.query import ARCHES, Scope, of_layout, of_version, vector
from headwater.request import open_workshop


@click.command("query", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--repo-prefix", "prefixes", multiple=True, help="An address below which a layout lies.")
@click.option("--template", default="azl-standard", show_default=True, help="The layout.")
@click.option("--version", help="What this version of the distribution draws from.")
@click.option("--use-case", type=click.Choice(["rpm-build", "image-build"]), default="rpm-build", help="For which work.")
@click.option("--arch", "arches", default=",".join(ARCHES), show_default=True, help="For these machines.")
@click.option("--no-debuginfo", is_flag=True, help="Without repositories of debug packages.")
@click.option("--no-srpms", is_flag=True, help="Without repositories of source packages.")
@click.pass_obj
def query(
    setting: Setting,
    words: tuple[str, ...],
    *,
    prefixes: tuple[str, ...],
    template: str,
    version: str | None,
    use_case: str,
    arches: str,
    no_debuginfo: bool,
    no_srpms: bool,
) -> None:
    """Run dnf5 over the project's repositories: `hw repo query --version 4.0 -- repoquery bash`."""
    if bool(prefixes) == bool(version):
        raise fail(Kind.USAGE, "either --repo-prefix or --version is needed", hint="hw repo query --version 4.0 -- repolist")
    left_out = {RepoKind.DEBUG} if no_debuginfo else set()
    left_out |= {RepoKind.SOURCE} if no_srpms else set()
    scope = Scope(arches=tuple(arches.split(",")), without=frozenset(left_out))
    project = setting.project
    sources = of_version(project, version, use_case, scope) if version else of_layout(project, prefixes, template, scope)
    if setting.dry_run:
        show_text("\n".join(f"{source.id} {source.url}" for source in sources))
        return
    told = vector(sources, words, open_workshop(setting.request()).toolbox)
    raise click.exceptions.Exit(command.interact(told))
