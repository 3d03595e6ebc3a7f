"""What second builds had otherwise, for those who asked for them."""

from __future__ import annotations

from headwater.build import TOLD
from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting


def show_varied(setting: Setting, *, wanted: bool) -> None:
    """A table before that of the builds; who reads JSON wants those alone."""
    if not wanted or setting.style == "json":
        return
    rows = [(aspect.value, first, second) for aspect, (first, second) in TOLD.items()]
    show_table(("otherwise", "first build", "second build"), rows, setting.style)
    show_text("")
