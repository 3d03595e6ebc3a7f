"""`hw component` with all its words: each module adds its own to the group when it is loaded."""

from headwater.cli.words import changed as _changed
from headwater.cli.words import render as _render
from headwater.cli.words import update as _update
from headwater.cli.words.component import component

__all__ = ["component"]
assert _changed, "it adds `changed`"
assert _render, "it adds `render`"
assert _update, "it adds `update`"
