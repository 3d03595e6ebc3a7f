"""Images started and asked what they promise; answers are kept, and left where other programs find them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from headwater.digest import digest_of, identity_of
from headwater.errors import Failure
from headwater.image import verbs as image
from headwater.image.model import Image
from headwater.repo.model import Repository
from headwater.report import CheckResult
from headwater.request import Request
from headwater.toolbox import Toolbox


def question(
    request: Request, toolbox: Toolbox, images: Mapping[str, Image], repository: Repository
) -> dict[str, tuple[CheckResult, ...]]:
    """Every image with checks, started and asked; a promise that is not kept is a Failure.

    An image that kept its promises is not started again for the same ones: `hw image check` does that.
    """
    checked = {name: made for name, made in images.items() if request.project.images[name].checks}
    answers = {name: _answers(request, toolbox, made, repository) for name, made in checked.items()}
    for name, found in answers.items():
        image.write_results(images[name], found, results_of(request))
    problems = [problem for name, found in answers.items() for problem in image.broken(images[name], found)]
    if problems:
        raise Failure(problems)
    return answers


def _answers(request: Request, toolbox: Toolbox, made: Image, repository: Repository) -> tuple[CheckResult, ...]:
    rule = request.project.images[made.name]
    asked = [identity_of(one) for one in (*rule.checks, rule.policy, request.project.policy)]
    key = digest_of([made.key, made.index, asked, repository.digest, toolbox.key])
    with _alone(request, made):
        kept = request.store.use("answers", key)
        if kept:
            return msgspec.convert(kept.facts, tuple[CheckResult, ...])
        found = _ask(request, toolbox, made, results_of(request))
        if all(one.passed for one in found):
            request.store.put("answers", key, {}, facts=msgspec.to_builtins(found))
        return found


def ask(request: Request, toolbox: Toolbox, made: Image, folder: Path | None = None) -> tuple[CheckResult, ...]:
    """One image's answers, left as JUnit's XML and JSON in a folder (`out/results`), also where it does not even start.

    The console of a guest is kept under the image's name in `out/logs`. Who asks the same image of the same project
    meanwhile waits: they would write one console together.
    """
    with _alone(request, made):
        return _ask(request, toolbox, made, folder or results_of(request))


def _alone(request: Request, made: Image) -> AbstractContextManager[None]:
    return request.store.lock(f"asked-{digest_of([str(request.project.output), made.name])}")


def _ask(request: Request, toolbox: Toolbox, made: Image, folder: Path) -> tuple[CheckResult, ...]:
    project = request.project
    try:
        found = image.check_image(
            made,
            project.images[made.name],
            policy=project.policy,
            toolbox=toolbox,
            store=request.store,
            below=_below(request, made),
            repository=project.output / "repo",
            log=project.output / "logs" / f"{made.name}.console",
        )
    except Failure as failure:
        image.write_results(made, (), folder, problems=failure.problems)
        raise
    image.write_results(made, found, folder)
    return found


def _below(request: Request, made: Image) -> Image | None:
    """The image that an extension is for, as it lies in its place."""
    name = request.project.images[made.name].extension.of
    return image.image_at(request.project.output / "images" / name) if name else None


def run_tests(request: Request, toolbox: Toolbox, made: Image, folder: Path | None = None) -> tuple[CheckResult, ...]:
    """What the tests that the image's table names said, left as NAME-tests.xml and NAME-tests.json in a folder."""
    project = request.project
    around = image.Surroundings(
        root=project.root,
        repository=project.output / "repo",
        toolbox=toolbox,
        work=project.root / project.project.work_dir,
        logs=project.output / "logs",
        store=request.store,
        offline=request.offline,
    )
    found = image.run_tests(made, project.images[made.name], project, around)
    image.write_results(made, found, folder or results_of(request), ending="-tests")
    return found


def results_of(request: Request) -> Path:
    """Where answers of images are left for other programs."""
    return request.project.output / "results"
