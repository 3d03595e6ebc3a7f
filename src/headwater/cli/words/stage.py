"""`hw list --stage`: what still leans on the bridge."""

from __future__ import annotations

from headwater import build as builds
from headwater import factory
from headwater.cli.output import show_table
from headwater.cli.setting import Setting
from headwater.derive import derive
from headwater.request import open_workshop


def show_stages(setting: Setting) -> None:
    """Of each component's build root how many packages are our own, and how many come over the bridge; `-v` names them."""
    request = setting.request()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    with factory.open_line(request, workshop, rendered, factory.cross(request, workshop)) as line:
        found = builds.leanings(line)
    named = setting.verbose or setting.style == "json"
    columns = ("component", "stage", "own", "bridged", "unknown", *(("own packages", "bridged packages") if named else ()))
    rows = [
        (one.component, one.stage, len(one.own), len(one.bridged), one.unknown, *((one.own, one.bridged) if named else ()))
        for one in found
    ]
    show_table(columns, rows, setting.style)
