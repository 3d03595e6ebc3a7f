"""`hw world`: the whole story, and what it made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import click

from headwater.cli.output import show_json, show_table, show_text
from headwater.cli.setting import Setting
from headwater.config import inputs_of
from headwater.evidence import finished_world
from headwater.evidence.model import World
from headwater.upstream import told


@click.command()
@click.pass_obj
def world(setting: Setting) -> None:
    """Make everything: derive, overlay, render, bridge, build, check, test, sign, publish, compose, boot, explain."""
    begun = time.monotonic()
    inputs = inputs_of(setting.project)
    done = finished_world(setting.project, setting.store, inputs)
    if done:
        made, seconds = done
        say = f"nothing to do: this world was finished before, in {seconds:.0f} s, and nothing that it was made from changed"
    elif setting.dry_run:
        show_text(
            "the world of this project is not finished, or something that it was made from changed; hw build --why tells more"
        )
        return
    else:
        from headwater import pipeline  # noqa: PLC0415 a finished world needs neither solver nor engine
        from headwater.cli.timeline import recorded  # noqa: PLC0415 as above

        with recorded(setting):
            # read again: what changes after its inputs were looked at is not in this world
            made = pipeline.world(setting.request(setting.reading().project), inputs)
        say = f"made in {time.monotonic() - begun:.0f} s"
    show_world(setting, made, say)


def show_world(setting: Setting, made: World, say: str) -> None:
    """What there is now, and what to type next."""
    if setting.style == "json":
        show_json(
            {
                "say": say,
                **{name: [dict(zip(columns, row, strict=True)) for row in rows] for name, columns, rows in _tables(made)},
            }
        )
        return
    for name, columns, rows in _tables(made):
        show_text(f"\n{name}" if setting.style == "table" else f"\n## {name}\n")
        show_table(columns, rows, setting.style)
    show_text(f"\n{say}")
    for moved in made.toolbox:
        show_text(f"the toolbox moved: {moved}")
    show_text("worth typing next:\n" + "\n".join(f"  {line}" for line in _next(made)))


def _tables(made: World) -> Iterator[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
    yield "packages built", ("component", "upstream", "deviations", "packages", "seconds"), list(_built(made))
    yield "repository", ("channel", "packages", "signed by", "folder"), list(_channels(made))
    yield "images", ("image", "kind", "format", "MiB", "digest"), list(_images(made))
    yield "checks", ("image", "kept", "of", "seconds"), list(_checks(made))


def _built(made: World) -> Iterator[tuple[object, ...]]:
    for name, one in sorted(made.built.items()):
        component = made.project.components[name]
        upstream = told(component, made.project.project.default_distro)
        yield name, upstream, len(component.overlays), len(one.rpms), round(one.seconds, 1)
    bridged = sum(rpm.origin == "bridge" for rpm in made.packages)
    yield f"({bridged} packages)", "bridge: Debian", 0, bridged, ""


def _channels(made: World) -> Iterator[tuple[object, ...]]:
    assert made.repository, "a finished world has a repository"
    for one in made.repository.channels.values():
        yield one.name, len(one.packages), made.signer[-16:], _short(made, str(one.path))


def _images(made: World) -> Iterator[tuple[object, ...]]:
    for image in made.images.values():
        for artefact in image.artefacts:
            yield image.name, image.kind, artefact.format, round(artefact.size / (1 << 20), 1), artefact.digest[:23]


def _checks(made: World) -> Iterator[tuple[object, ...]]:
    for name, found in made.answers.items():
        yield name, sum(one.passed for one in found), len(found), round(sum(one.seconds for one in found), 1)


def _next(made: World) -> Iterable[str]:
    """Three commands about things that are really there: a built file in an image, the most changed component, a disk."""
    deviant = max(made.project.components.values(), key=lambda one: len(one.overlays)).name
    packages = {rpm.name: rpm for rpm in made.packages if rpm.origin == "built" and rpm.arch != "src"}
    for image in made.images.values():
        ours = [packages[rpm.name] for rpm in image.packages if rpm.name in packages and image.kind == "oci"]
        programs = [
            (rpm, file.path) for rpm in ours for file in made.headers[rpm.digest].files if file.path.startswith("/usr/bin/")
        ]
        if programs:
            yield f"hw -C {_project(made)} why {image.name}:{programs[0][1]}"
            break
    yield f"hw -C {_project(made)} diff {deviant}"
    yield from (f"hw -C {_project(made)} image boot {name}" for name, one in made.images.items() if one.kind == "disk")


def _project(made: World) -> str:
    return made.project.root.name


def _short(made: World, path: str) -> str:
    return path.removeprefix(f"{made.project.root}/")
