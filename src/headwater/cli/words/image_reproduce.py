"""What `hw image build --check-reproducible` found."""

from __future__ import annotations

from collections.abc import Sequence

from headwater import factory
from headwater.cli.output import show_json, show_table, show_text
from headwater.cli.setting import Setting
from headwater.compose import compose_images, reproduce
from headwater.config.images import ImageKind
from headwater.errors import Failure, Kind, fail
from headwater.image import verbs as images
from headwater.request import open_workshop


def check_again(setting: Setting, names: Sequence[str] | None) -> None:
    """Make images (None: all that we compose), then again elsewhere, and show both beside one another."""
    request = setting.request()
    workshop = open_workshop(request)
    ours = [rule.name for rule in images.in_order(setting.project.images, names) if rule.kind is not ImageKind.UNSET]
    if names and not ours:
        raise fail(Kind.USAGE, "these images are kiwi's", why="they are not the same bytes twice, and do not claim to be")
    made = compose_images(request, workshop, factory.whole_repository(request), ours)
    show_reproduction(setting, reproduce(request, workshop, made))


def show_reproduction(setting: Setting, found: images.Reproduction) -> None:
    """What was otherwise in the second build, and each file; every image that differs is a Problem."""
    if setting.style == "json":
        show_json({"circumstances": found.circumstances, "files": found.verdicts})
    else:
        rows = [(one.what, one.first, one.second) for one in found.circumstances]
        show_table(("otherwise", "first build", "second build"), rows, setting.style)
        show_text("")
        files = [(one.image, one.file, one.same, one.first) for one in found.verdicts]
        show_table(("image", "file", "same", "sha256"), files, setting.style)
    if found.problems:
        raise Failure(found.problems)
