"""What a word names, or the name that was perhaps meant."""

from __future__ import annotations

from headwater.cli.setting import Setting
from headwater.config.images import ImageRule
from headwater.config.model import Project
from headwater.errors import Failure, Kind
from headwater.suggest import unknown_name


def rule_of(setting: Setting, name: str, project: Project | None = None) -> ImageRule:
    """The table of an image; did you mean, for a name that is none."""
    known = (project or setting.project).images
    if name not in known:
        raise Failure([unknown_name("image", name, known, Kind.USAGE)])
    return known[name]
