"""`hw check`, `list`, `show`, `diff`: what the project says, and what it changes."""

from __future__ import annotations

from fnmatch import fnmatchcase

import click
import msgspec

from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.config.model import Component, Project
from headwater.derive import derive
from headwater.errors import Failure, Kind, Problem
from headwater.render import diff as diff_of
from headwater.suggest import unknown_name
from headwater.toolbox.debian import read_lock
from headwater.upstream import told


@click.command()
@click.pass_obj
def check(setting: Setting) -> None:
    """Say everything that is wrong with the project's TOML, or that nothing is."""
    project = setting.project
    overlays = sum(len(component.overlays) for component in project.components.values())
    row = (len(project.files), len(project.components), overlays, len(project.images))
    show_table(("files", "components", "overlays", "images"), [row], setting.style)


@click.command("list")
@click.option("--bridge", is_flag=True, help="Also every package that comes over the bridge.")
@click.option("--stage", is_flag=True, help="How much of each component's build root is our own, and how much is bridged.")
@click.pass_obj
def listing(setting: Setting, *, bridge: bool, stage: bool) -> None:
    """What the project makes: each component, its upstream, its deviations, its reason."""
    if stage:
        from headwater.cli.words.stage import show_stages  # noqa: PLC0415 most lists need no solver

        show_stages(setting)
        return
    project = setting.project
    default = project.project.default_distro
    rows = [(name, told(one, default), len(one.overlays), one.description) for name, one in sorted(project.components.items())]
    locks = [read_lock(project.root / each) for each in (project.bridge.lock, *(one.lock for one in project.bridge.foreign))]
    debs = sorted({deb for lock in locks if lock for deb in lock.debs})
    if bridge:
        rows += [(deb.name, f"bridge: Debian {deb.version}", 0, f"for {deb.arch}") for deb in debs]
    elif debs:
        rows.append((f"({len(debs)} packages)", "bridge: Debian", 0, "hw list --bridge names them"))
    show_table(("component", "upstream", "deviations", "what for"), rows, setting.style)


@click.command()
@click.argument("name")
@click.pass_obj
def show(setting: Setting, name: str) -> None:
    """One component with all its layers merged, as JSON."""
    component = pick(setting.project, (name,))[0]
    show_text(msgspec.json.format(msgspec.json.encode(component, order="deterministic"), indent=2).decode())


@click.command()
@click.argument("names", nargs=-1)
@click.option("--from", "old", help="A revision of the project: what became of its rendered files since.")
@click.option("--to", "new", default="", help="With --from, the later revision [default: the project as it is now].")
@click.pass_obj
def diff(setting: Setting, names: tuple[str, ...], old: str | None, new: str) -> None:
    """Upstream's spec and files against the rendered ones, each hunk under the reason of the overlay that made it.

    With --from: the rendered files of two revisions of the project, of all components that moved between them.
    """
    if old:
        _diff_between(setting, names, old, new)
        return
    for component in pick(setting.project, names):
        for package in derive(setting.request(), (component,), archives=False):
            show_text(diff_of(package) or f"no overlay changes `{package.component}`")


def _diff_between(setting: Setting, names: tuple[str, ...], old: str, new: str) -> None:
    from headwater import between  # noqa: PLC0415 most verbs here need it not

    problems: list[Problem] = []
    request = setting.request(setting.reading(places=False).project)
    with between.at(request, old, setting.given) as before, between.at(request, new, setting.given) as after:
        changes = between.changed(before, after)
        wanted = [one for one in changes if not names or any(fnmatchcase(one.component, name) for name in names)]
        for one in between.differences(before, after, wanted):
            why = "".join(f"#   {reason}\n" for reason in one.change.why)
            same = "" if one.text or one.failure else "# its files stay as they are\n"
            show_text(f"# {one.change.component}: {one.change.kind}\n{why}{same}{one.text}")
            problems += one.failure.problems if one.failure else ()
    if problems:
        raise Failure(problems)


def pick(project: Project, names: tuple[str, ...]) -> tuple[Component, ...]:
    """The components that names or globs choose; all for none. An unknown name is a Problem with the nearest known one."""
    chosen: dict[str, Component] = {}
    problems = []
    if not names:
        return tuple(one for _, one in sorted(project.components.items()))
    for name in names:
        found = {key: one for key, one in sorted(project.components.items()) if fnmatchcase(key, name)}
        if not found:
            problems.append(unknown_name("component", name, project.components, Kind.USAGE))
        chosen |= found
    if problems:
        raise Failure(problems)
    return tuple(chosen.values())
