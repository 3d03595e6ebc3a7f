"""`hw image`: boot, question and send images."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import click

from headwater import factory, pipeline, questions, sbom
from headwater.accompany import headers_of, image_signing
from headwater.cli.output import show_rows, show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words import image_views
from headwater.cli.words.image_import import image_import
from headwater.cli.words.image_lock import image_update
from headwater.cli.words.named import rule_of
from headwater.compose import compose_images, release
from headwater.config.verbs import view
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image import verbs as images
from headwater.image.model import Image
from headwater.report import CheckResult
from headwater.request import Request, Workshop, open_workshop

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def image() -> None:
    """Images, described in TOML and composed from the signed repository."""


for more in (image_views.plan, image_views.diff, image_views.size, image_update, image_import):
    image.add_command(more)


@image.command("list")
@click.argument("patterns", nargs=-1)
@click.pass_obj
def image_list(setting: Setting, patterns: tuple[str, ...]) -> None:
    """The images that the project describes; all, or those that names and globs mean."""
    rules = [rule for name, rule in sorted(setting.project.images.items()) if _is_meant(name, patterns)]
    rows = [
        {
            "name": rule.name,
            "description": rule.description,
            "kind": rule.kind.value or (rule.definition.type if rule.definition else ""),
            "capabilities": view(rule.capabilities),
            "tests": view(rule.tests),
            "publish": view(rule.publish),
            "definition": {"type": rule.definition.type, "path": rule.definition.path} if rule.definition else {},
            "checks": len(rule.checks),
        }
        for rule in rules
    ]
    show_rows(rows, ("name", "kind", "description", "checks"), setting.style)


def _is_meant(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


@image.command("check")
@click.argument("names", nargs=-1)
@click.option("--results", type=click.Path(path_type=Path, file_okay=False), help="Folder for NAME.xml and NAME.json.")
@click.pass_obj
def image_check(setting: Setting, names: tuple[str, ...], results: Path | None) -> None:
    """Start images (default: all) and ask them what they promise. JUnit's XML and JSON of it are left in out/results."""
    request = setting.request()
    workshop, repository = open_workshop(request), factory.whole_repository(request)
    made = compose_images(request, workshop, repository, [rule_of(setting, name).name for name in names] or None)
    answers: dict[str, tuple[CheckResult, ...]] = {}
    problems: list[Problem] = []
    for one in (one for name, one in made.items() if name in names or not names):
        try:
            answers[one.name] = questions.ask(request, workshop.toolbox, one, results)
            problems += images.broken(one, answers[one.name])
        except Failure as failure:  # the others are asked all the same
            problems += failure.problems
    show_answers(setting, answers)
    if problems:
        raise Failure(problems)


@image.command("test")
@click.argument("names", nargs=-1)
@click.option(
    "--results", type=click.Path(path_type=Path, file_okay=False), help="Folder for NAME-tests.xml and NAME-tests.json."
)
@click.pass_obj
def image_test(setting: Setting, names: tuple[str, ...], results: Path | None) -> None:
    """Run the tests that images (default: all with tests) name: pytest's and tmt's, on this machine."""
    rules = [rule_of(setting, name) for name in names] or list(setting.project.images.values())
    tested = [rule.name for rule in rules if images.named_tests(rule, setting.project)]
    if not tested:
        what = "no image has tests" if not names else f"`{', '.join(names)}` has no tests"
        raise fail(Kind.USAGE, what, why="`tests` of an image names them", hint=f"images.{names[0] if names else 'NAME'}.tests")
    request = setting.request()
    workshop, repository = open_workshop(request), factory.whole_repository(request)
    made = compose_images(request, workshop, repository, tested)
    answers = {name: questions.run_tests(request, workshop.toolbox, made[name], results) for name in tested}
    rows = [
        (name, one.name, "" if one.skipped else one.passed, round(one.seconds, 1), one.skipped or one.reason)
        for name, found in answers.items()
        for one in found
    ]
    show_table(("image", "test", "passed", "seconds", "reason"), rows, setting.style)
    problems = [problem for name, found in answers.items() for problem in images.broken(made[name], found)]
    if problems:
        raise Failure(problems)


def show_answers(setting: Setting, answers: dict[str, tuple[CheckResult, ...]]) -> None:
    """One row a check."""
    rows = [
        (name, one.family, one.name, one.passed, round(one.seconds, 1), one.reason)
        for name, found in answers.items()
        for one in found
    ]
    show_table(("image", "family", "check", "kept", "seconds", "reason"), rows, setting.style)


def _made(setting: Setting, name: str) -> tuple[Request, Workshop, Image]:
    """One image, with what made it."""
    rule = rule_of(setting, name)
    request = setting.request()
    workshop = open_workshop(request)
    return request, workshop, compose_images(request, workshop, factory.whole_repository(request), [name])[rule.name]


@image.command("boot")
@click.argument("name")
@click.option("--ssh-key", type=FILE, help="A public key: its owner is let in as the image's user.")
@click.option("--seed", type=FILE, help="A disk with the files of cloud-init's source NoCloud.")
@click.pass_obj
def image_boot(setting: Setting, name: str, ssh_key: Path | None, seed: Path | None) -> None:
    """Boot a disk and give you its console; the disk is left as it was. Ctrl-A X ends it."""
    if ssh_key and seed:
        why = "the one makes a seed, the other brings one, and only one is read"
        raise fail(Kind.USAGE, "--ssh-key and --seed do not go together", why=why, hint=f"hw image boot {name} --seed {seed}")
    keys = images.read_keys(ssh_key) if ssh_key else ()
    request, workshop, made = _made(setting, name)
    serve = setting.project.output / "repo"
    raise click.exceptions.Exit(
        images.open_console(made, workshop.toolbox, request.store, serve=serve, say=show_text, seed=seed, keys=keys)
    )


@image.command("shell", context_settings={"ignore_unknown_options": True})
@click.option("--root", "as_root", is_flag=True, help="As root instead of the user that containers start as.")
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def image_shell(setting: Setting, name: str, words: tuple[str, ...], *, as_root: bool) -> None:
    """Run a command (default: a shell) in a scratch copy of a container or WSL image; nothing of it stays.

    There is no network; the repository is at /run/headwater. All files belong to whoever you are there.
    """
    rule = rule_of(setting, name)
    images.check_shell(rule)
    request, _, made = _made(setting, name)
    serve = setting.project.output / "repo"
    code = images.open_shell(made, rule, words, request.store, serve=serve, as_root=as_root, names=setting.project.images)
    raise click.exceptions.Exit(code)


@image.command("release")
@click.argument("name")
@click.pass_obj
def image_release(setting: Setting, name: str) -> None:
    """Put a disk with a verified root, or an extension, into out/updates/NAME, where machines with an older version find it.

    Versions add up there, under digests signed by the project's key; a web server has to show the folder at the image's
    `updates.url`.
    """
    request, workshop, made = _made(setting, name)
    done = release(request, workshop, made)
    rows = [(name, done.version, size, digest, str(done.folder / file)) for file, size, digest in done.files]
    show_table(("image", "version", "bytes", "digest", "path"), rows, setting.style)


@image.command("push")
@click.argument("name")
@click.argument("reference")
@click.option("--insecure", is_flag=True, help="Plain HTTP and unknown certificates: for a registry on this machine.")
@click.pass_obj
def image_push(setting: Setting, name: str, reference: str, *, insecure: bool) -> None:
    """Send a container image to a registry as HOST[:PORT]/NAME[:TAG]; says by which digest it is found there.

    Its bills of materials and signatures go along, as what refers to it.
    """
    rule, place = rule_of(setting, name), images.name_of(reference)
    request = setting.request()
    workshop = open_workshop(request)
    ground = factory.lay_ground(request, workshop)
    one, store = pipeline.make_images(request, workshop, ground, [name])[rule.name], request.store
    pushed = images.push(one, reference, workshop.toolbox, insecure=insecure)
    facts, said = pipeline.facts_of(request, ground), headers_of(request, workshop)
    unsigned = sbom.unsigned(one, sbom.every_sbom(one, facts, said, store))
    with store.scratch("referrers") as folder, image_signing(request, workshop) as signer:
        signer.write(place, unsigned, folder)
        images.push_referrers(folder, reference, workshop.toolbox, store, insecure=insecure)
    show_table(("image", "pushed"), [(name, pushed)], setting.style)
