"""`hw image plan`, `diff`, `size`: images looked at before they are made, beside one another, and by what they weigh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from headwater import factory
from headwater.cli.output import show_json, show_table, show_text, show_warning
from headwater.cli.setting import Setting
from headwater.cli.words.named import rule_of
from headwater.compose import lock_of, scripts_of
from headwater.errors import Kind, fail
from headwater.image import verbs as images
from headwater.image.model import Image
from headwater.repo import for_images
from headwater.request import open_workshop
from headwater.whole import write_whole

Table = tuple[str, tuple[str, ...], Sequence[Sequence[Any]]]  # what it shows, its columns, its rows
FEW = 40  # files that people read before they ask for all
BAR = 24  # letters of the longest bar
EIGHTHS = " ▏▎▍▌▋▊▉"


@click.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def plan(setting: Setting, names: tuple[str, ...]) -> None:
    """What would be made of images and why, before it is made; name some to see all that goes into them.

    A disk comes with its initrd. The packages are those of the repository, so what is not built yet is built first.
    """
    show_plans(setting, names)


def show_plans(setting: Setting, names: tuple[str, ...]) -> None:
    """The plan of images (none named: all), as `hw image plan` and `hw -n image build` show it."""
    for name in names:
        rule_of(setting, name)
    request = setting.request()
    workshop, repository = open_workshop(request), factory.whole_repository(request)
    plans = images.plan_images(
        images.in_order(setting.project.images, names or None),
        project=setting.project,
        packages=for_images(repository),
        toolbox=workshop.toolbox,
        store=request.store,
        output=setting.project.output / "images",
        lock=lock_of(request),
        scripts=scripts_of(request, workshop),
        trust=workshop.trust,
    )
    if setting.style == "json":
        show_json(plans)
        return
    rows = [(one.name, one.kind, one.formats, len(one.packages), one.status, one.reason) for one in plans]
    tables: list[Table] = [("images", ("image", "kind", "formats", "packages", "status", "reason"), rows)]
    for one in plans:
        tables += _of_plan(one, whole=one.name in names)
    _show(setting, tables)
    if not names and setting.style == "table" and plans:
        show_text(f"\nevery package with its reason: hw image plan {plans[0].name}")


def _of_plan(one: images.Plan, *, whole: bool) -> Iterator[Table]:
    if whole:
        packages = [(each.rpm.nevra, each.rpm.origin, each.reason) for each in one.packages]
        yield f"{one.name}: packages", ("package", "origin", "reason"), packages
        details = [(each.what, each.name, each.reason) for each in one.details]
        yield f"{one.name}: what is done to it", ("what", "name", "reason"), details
    moved = [(move.name, move.change, move.before, move.after) for move in one.moved]
    yield f"{one.name}: moved since the last one", ("package", "change", "before", "after"), moved


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--files", "every", is_flag=True, help="Every file, also those that whole packages brought or took along.")
@click.pass_obj
def diff(setting: Setting, before: str, after: str, *, every: bool) -> None:
    """Compare two images: packages, files, sizes, and which input moved. Exit code 1 if they differ.

    A and B are names of images as they were made, or paths of an image.json that was kept of another build.
    """
    old, new = _image(setting, before), _image(setting, after)
    found = images.compare_images(old, new, setting.store)
    if not found.whole:
        why = "the store does not have the list of files of one of them any more; packages and formats are compared"
        show_warning("files are not compared", why=why, hint="build the image again, then keep its image.json")
    if setting.style == "json":
        show_json({"same": found.is_empty, "difference": found})
    elif found.is_empty:
        show_text(f"`{before}` and `{after}` are the same")
    else:
        _show(setting, _of_difference(found, every=every))
    raise click.exceptions.Exit(0 if found.is_empty else Kind.DRIFT.value)


def _of_difference(found: images.Difference, *, every: bool) -> Iterator[Table]:
    totals = [(one.what, *_told(one.what, one.before, one.after)) for one in found.totals]
    yield "totals", ("what", "before", "after", "growth"), totals
    moved = [(move.name, move.change, move.before, move.after) for move in found.packages]
    yield "packages", ("package", "change", "before", "after"), moved
    yield "files by cause", ("cause", "added", "removed", "changed", "growth"), list(_by_cause(found))
    came_or_went = {move.name for move in found.packages if move.change in {"added", "removed"}}
    files = [one for one in found.files if every or one.package not in came_or_went]
    shown = files if every else files[:FEW]
    rows = [(one.path, ", ".join(_aspects(one)), _signed(one.size), one.cause) for one in shown]
    yield "files", ("path", "change", "growth", "cause"), rows
    other = [(f"{found.times:,} files differ in their time only",)] if found.times else []
    hidden = len(found.files) - len(shown)
    other += [(f"{hidden:,} more files differ: --files shows all",)] if hidden else []
    other += [(f"the bytes of `{name}` differ",) for name in found.formats]
    yield "other", ("what",), other


def _by_cause(found: images.Difference) -> Iterator[tuple[Any, ...]]:
    causes: dict[str, list[images.FileMove]] = {}
    for one in found.files:
        causes.setdefault(one.cause, []).append(one)
    for cause, files in sorted(causes.items(), key=lambda pair: (-abs(sum(one.size for one in pair[1])), pair[0])):
        counts = [sum(one.change == change for one in files) for change in ("added", "removed", "changed")]
        yield cause, *counts, _signed(sum(one.size for one in files))


def _aspects(one: images.FileMove) -> Iterator[str]:
    """What happened to a file, for people: nobody reads digests."""
    if not one.aspects:
        yield one.change
    for aspect in one.aspects:
        if aspect.what == "content":
            yield "content"
        else:
            yield f"{aspect.what} {aspect.before or 'none'} -> {aspect.after or 'none'}"


def _told(what: str, before: int | None, after: int | None) -> tuple[str, str, str]:
    """Both sides and the growth: counts as they are, all else as bytes."""
    write = "{:,}".format if what in {"packages", "files"} else images.human
    growth = (after or 0) - (before or 0)
    was, becomes = ("none" if side is None else write(side) for side in (before, after))
    return was, becomes, f"{'-' if growth < 0 else '+'}{write(abs(growth))}" if growth else ""


def _signed(size: int) -> str:
    return f"{'-' if size < 0 else '+'}{images.human(abs(size))}" if size else ""


@click.command()
@click.argument("name")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw it as treemaps into this file, too.")
@click.option("--top", type=click.IntRange(1), default=15, show_default=True, help="How many to show before the others.")
@click.pass_obj
def size(setting: Setting, name: str, svg: Path | None, top: int) -> None:
    """What makes an image large: its bytes by package and by directory, biggest first.

    NAME is an image as it was made, or the path of an image.json. Bytes are those of the files, before compression.
    """
    made = _image(setting, name)
    root = images.root_of(made, setting.store)
    if root is None:
        why = f"the store has no list of files of `{name}`"
        raise fail(Kind.STORE, f"the size of `{name}` cannot be told", why=why, hint=f"hw image build {made.name}")
    total, views = images.content_size(root), {"packages": images.by_package(root), "directories": images.by_directory(root)}
    if svg:
        title = f"{made.name}: {images.human(total)} in {len(made.packages)} packages"
        drawn = images.draw(title, list(zip(("by package", "by directory"), views.values(), strict=True)))
        write_whole(svg, drawn.encode())
    match setting.style:
        case "json":
            show_json({"image": made.name, "size": total, **views})
        case "table":
            show_text(f"{made.name}: {images.human(total)} in {len(root.entries):,} paths of {len(made.packages)} packages")
            for words, view in views.items():
                show_text(f"\n{words}\n" + "\n".join(_bars(view, total, top)))
        case _:
            _show(
                setting, [(words, ("name", "bytes"), [(one.name, one.size) for one in view]) for words, view in views.items()]
            )


def _bars(weights: tuple[images.Weight, ...], total: int, top: int) -> Iterator[str]:
    """A line for each part of the whole, and below it one for each of its larger parts."""
    shown = images.gather(weights, weights[top - 1].size) if len(weights) > top else weights
    for one in shown:
        rest = one not in weights
        yield _line(one, total, 0 if rest else one.size / weights[0].size)
        told = one.parts[:3] if one.parts and one.parts[0].size < 0.9 * one.size else ()
        yield from (_line(part, total, part.size / weights[0].size, "  ") for part in told if part.size > total / 100)


def _line(one: images.Weight, total: int, length: float, indent: str = "") -> str:
    """`length` is that of the bar, 1 for the longest."""
    whole, eighth = divmod(round(8 * BAR * length), 8)
    bar = indent + "█" * whole + EIGHTHS[eighth].strip()
    return f"{images.human(one.size):>10}  {images.share(one.size, total):>6}  {bar:<{BAR + 2}}  {indent}{one.name}"


# what all three need


def _image(setting: Setting, word: str) -> Image:
    """The image that a word means: one of the project, as made, or the one that a path tells of."""
    if "/" not in word and not word.endswith(".json"):
        rule_of(setting, word)
    known = setting.project.output / "images" / word / images.NOTE
    file = Path(word) if "/" in word or word.endswith(".json") else known
    found = images.read_note(file / images.NOTE if file.is_dir() else file)
    if found is None:
        hint = f"hw image build {word}" if file is known else "a path of the image.json that lies beside an image"
        what = f"image `{word}` is not made yet" if file is known else f"`{word}` tells of no image"
        raise fail(Kind.IMAGE, what, why=f"looked for {file}", hint=hint)
    return found


def _show(setting: Setting, tables: Iterator[Table] | Sequence[Table]) -> None:
    """Each table that has rows, under its words."""
    for number, (words, columns, rows) in enumerate(table for table in tables if table[2]):
        gap = "\n" if number else ""
        show_text(f"{gap}{words}" if setting.style == "table" else f"{gap}## {words}\n")
        show_table(columns, rows, setting.style)
