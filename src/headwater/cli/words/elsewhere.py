"""Words of azldev's for which Headwater has a verb of its own that does not do the same."""

from __future__ import annotations

import click

from headwater.cli.setting import Setting
from headwater.cli.words.component import component, filtered
from headwater.config.verbs import Wanted
from headwater.errors import Kind, fail


@component.command("build", context_settings={"ignore_unknown_options": True})
@filtered
@click.option("-k", "--continue-on-error", is_flag=True, hidden=True)
@click.option("--local-repo", multiple=True, hidden=True)
@click.option("--local-repo-with-publish", hidden=True)
@click.option("--mock-config-opt", multiple=True, hidden=True)
@click.option("--no-check", is_flag=True, hidden=True)
@click.option("--preserve-buildenv", hidden=True)
@click.option("--srpm-only", is_flag=True, hidden=True)
@click.option("--without-git", is_flag=True, hidden=True)
@click.pass_obj
def build(setting: Setting, /, *, wanted: Wanted, skip_lock_validation: bool, **azldevs: object) -> None:
    """Not here: azldev builds in mock, one by one, into `out/`; `hw build` builds what is needed, in order, into the store."""
    del setting, skip_lock_validation, azldevs
    raise fail(
        Kind.USAGE,
        "`component build` is azldev's: it runs mock and puts packages into the output folder",
        why="Headwater has no mock: it builds in roots composed of signed packages, keeps results in its store and publishes "
        "them with `hw repo publish`",
        hint=f"hw build {' '.join(wanted.patterns)}".rstrip(),
    )
