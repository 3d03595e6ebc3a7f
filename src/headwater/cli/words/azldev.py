"""`hw component` with all its words: each module adds its own to the group when one of them is named."""

from headwater.cli.words.component import component

__all__ = ["component"]

component.modules = {
    "add": "add",
    "build": "elsewhere",
    "changed": "changed",
    "diff-sources": "sources",
    "history": "history",
    "prepare-sources": "sources",
    "query": "specs",
    "render": "render",
    "update": "update",
}
component.aliases = {"hist": "history", "prep-sources": "prepare-sources"}
