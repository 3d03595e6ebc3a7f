"""`hw overlay`: what is wrong with deviations, what they are, how the modes differ, and how an old fork becomes some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from headwater.cli.output import show_json, show_rows, show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.derive import pick
from headwater.config.model import Component, OverlayMode
from headwater.derive import derive, take_sources
from headwater.errors import Failure, Kind, Problem
from headwater.origin import Origin
from headwater.overlay import OWN, Difference, Side, compare
from headwater.overlay.infer import Inference, copy_brought, infer, write_overlays
from headwater.overlay.lint import Finding, lint
from headwater.render import explain, render
from headwater.request import Request
from headwater.upstream.model import SourceTree

_FOLDER = click.Path(path_type=Path)
_MOST = 12  # lines of a gap that are shown


@click.group("overlay")
def overlay() -> None:
    """Work on deviations: lint, explain and compare them, or infer them from an old fork."""


@overlay.command("lint")
@click.argument("names", nargs=-1)
@click.option("--static", is_flag=True, help="Only what the TOML alone tells; no sources are needed.")
@click.pass_obj
def lint_command(setting: Setting, names: tuple[str, ...], *, static: bool) -> None:
    """What could be better about the overlays (default: of all components); exit 1 when something was found."""
    request, found, problems = setting.request(), list[Finding](), list[Problem]()
    for component in _deviating(setting, names):
        try:
            tree = None if static else take_sources(request, component, archives=False)
            found += lint(component.name, component.overlays, tree, request.store, strict=component.strict())
        except Failure as failure:
            problems += failure.problems
    _show_findings(found, setting.style)
    if problems:
        raise Failure(problems)
    if found:
        raise Failure(
            [Problem(kind=Kind.DRIFT, what=_counted(found), hint="docs/reference/lint.md tells what each rule means")]
        )


@overlay.command("explain")
@click.argument("name")
@click.option("-o", "--output", type=_FOLDER, help="Write the page into this file.")
@click.pass_obj
def explain_command(setting: Setting, name: str, *, output: Path | None) -> None:
    """The deviation of one component as a page in Markdown: each change as a hunk under its reason."""
    [component] = pick(setting.project, (name,))[:1]
    [package] = derive(setting.request(), (component,), archives=False)
    page = explain(package, component.overlays)
    if output is None:
        show_text(page)
    elif not setting.dry_run:
        beside = output.with_name(f".{output.name}.new")
        beside.write_text(page, encoding="utf-8", errors="replace")
        beside.replace(output)


@overlay.command("compare")
@click.argument("names", nargs=-1)
@click.option(
    "--all", "everything", is_flag=True, help="Also what the modes do of their own accord, such as azldev's note on top."
)
@click.pass_obj
def compare_command(setting: Setting, names: tuple[str, ...], *, everything: bool) -> None:
    """Components whose rendered bytes differ between strict and compat mode, and which overlay is why."""
    request, found, problems = setting.request(), list[Difference](), list[Problem]()
    for component in pick(setting.project, names) if everything else _deviating(setting, names):
        try:
            tree = take_sources(request, component, archives=False)
        except Failure as failure:
            problems += failure.problems
            continue
        sides = [_side(request, component, tree, mode) for mode in (OverlayMode.STRICT, OverlayMode.COMPAT)]
        found += compare(component.name, component.overlays, *sides)
    rows = [
        (one.component, one.file, one.lines, one.kind, str(one.where), one.why)
        for one in found
        if everything or one.kind != OWN
    ]
    show_table(("component", "file", "lines", "overlay", "where", "why"), rows, setting.style)
    if problems:
        raise Failure(problems)


@overlay.command("infer")
@click.argument("name")
@click.option("--from", "before", type=_FOLDER, required=True, help="The folder of the spec as upstream has it.")
@click.option("--to", "after", type=_FOLDER, required=True, help="The folder of the spec as the fork has it.")
@click.option("-o", "--output", type=_FOLDER, help="Copy patches and files there; the TOML belongs into a file beside it.")
@click.pass_obj
def infer_command(setting: Setting, name: str, *, before: Path, after: Path, output: Path | None) -> None:
    """The overlays that lead from one folder to the other, proven, as TOML; exit 1 with the lines that none could say."""
    found = infer(name, before, after, setting.store)
    if output and not setting.dry_run:
        found = copy_brought(found, output)
    if setting.style == "json":
        show_json({"overlays": found.overlays, "gaps": found.gaps})
    elif found.overlays:
        show_text(write_overlays(name, found.overlays))
    if found.gaps:
        raise Failure(_unsaid(found, after))


def _deviating(setting: Setting, names: tuple[str, ...]) -> list[Component]:
    return [component for component in pick(setting.project, names) if component.overlays]


def _side(request: Request, component: Component, tree: SourceTree, mode: OverlayMode) -> Side:
    """What one mode makes of a component, before releases are counted."""
    try:
        package = render(msgspec.structs.replace(component, overlay_mode=mode), tree, request.store)
    except Failure as failure:
        return Side(problems=failure.problems)
    return Side(tree=package.tree, changes=package.changes)


def _show_findings(found: Sequence[Finding], style: str) -> None:
    if style != "table":
        show_rows([msgspec.to_builtins(one) for one in found], ("component", "rule", "where", "message", "replacement"), style)
        return
    if not found:
        show_text("lint has nothing to say")
        return
    show_table(("rule", "where", "what"), [(one.rule, str(one.where), one.message) for one in found], style)
    for one in found:
        if one.replacement:
            show_text(f"\n# instead of {one.where}\n{one.replacement}")


def _counted(found: Sequence[Finding]) -> str:
    names = sorted({one.component for one in found})
    of = f"`{names[0]}`" if len(names) == 1 else f"{len(names)} components"
    return f"lint found {len(found)} {'thing' if len(found) == 1 else 'things'} about the overlays of {of}"


def _unsaid(found: Inference, after: Path) -> Iterator[Problem]:
    """Each gap as a problem."""
    for gap in found.gaps:
        place = f" before line {gap.line}" if gap.line else ""
        lines = [f"- {line}" for line in gap.removed] + [f"+ {line}" for line in gap.added]
        more = [f"... and {len(lines) - _MOST} lines more"] if len(lines) > _MOST else []
        yield Problem(
            kind=Kind.DRIFT,
            what=f"no overlay says what differs in `{gap.file}`{place}",
            where=Origin(file=str(after / gap.file), line=gap.line),
            why="\n".join([*lines[:_MOST], *more]) or gap.why,
            hint="empty lines mean nothing to rpm" if gap.is_blank else "change it by hand, or keep the difference",
        )
