"""`hw component query`: what rpm reads in the specs of components, in azldev's rows."""

from __future__ import annotations

from typing import Any

import click

from headwater.cli.output import show_rows
from headwater.cli.setting import Setting
from headwater.cli.words.component import component, filtered
from headwater.config.verbs import Wanted, choose
from headwater.prepare import query as query_specs
from headwater.rpm.model import SpecFacts


@component.command("query")
@filtered
@click.pass_obj
def query(setting: Setting, *, wanted: Wanted, skip_lock_validation: bool) -> None:
    """Name, version and files of each spec as upstream has it, read by rpm with the component's build switches."""
    del skip_lock_validation
    reading = setting.reading()
    chosen = [reading.project.components[name] for name in choose(reading, wanted)]
    found = query_specs(setting.request(reading.project), chosen) if chosen else ()
    show_rows([_row(one) for one in found], ("Name", "Version", "RequiredFiles"), setting.style)


def _row(facts: SpecFacts) -> dict[str, Any]:
    return {
        "Name": facts.name,
        "Version": {"Epoch": facts.epoch, "Version": facts.version, "Release": facts.release},
        "RequiredFiles": [source.filename for source in facts.sources],
    }
