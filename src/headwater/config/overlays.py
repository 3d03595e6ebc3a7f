"""One frozen class per kind of overlay, as written in TOML (`type` chooses the class)."""

from headwater.config.ground import LocalPath, Rule

# what an overlay of some kind may say; one that its own kind has no use for is taken (as azldev does) and means nothing
KEYS = frozenset(
    {"type", "description", "file", "archive", "section", "package", "tag", "value", "regex", "replacement"}
    | {"lines", "source", "metadata"}
)


class Link(Rule, frozen=True, kw_only=True):
    url: str


class Metadata(Rule, frozen=True, kw_only=True):
    """Why an overlay exists, in terms that reports count."""

    category: str
    upstream_status: str
    commits: tuple[Link, ...] = ()
    bugs: tuple[Link, ...] = ()


class OverlayBase(Rule, frozen=True, kw_only=True, tag_field="type"):
    """What all kinds share; holds no behaviour."""

    description: str = ""
    metadata: Metadata | None = None


class SpecAddTag(OverlayBase, frozen=True, kw_only=True, tag="spec-add-tag"):
    tag: str
    value: str
    package: str = ""


class SpecInsertTag(OverlayBase, frozen=True, kw_only=True, tag="spec-insert-tag"):
    tag: str
    value: str
    package: str = ""


class SpecSetTag(OverlayBase, frozen=True, kw_only=True, tag="spec-set-tag"):
    tag: str
    value: str
    package: str = ""


class SpecUpdateTag(OverlayBase, frozen=True, kw_only=True, tag="spec-update-tag"):
    tag: str
    value: str
    package: str = ""


class SpecRemoveTag(OverlayBase, frozen=True, kw_only=True, tag="spec-remove-tag"):
    tag: str
    value: str = ""
    package: str = ""


class SpecPrependLines(OverlayBase, frozen=True, kw_only=True, tag="spec-prepend-lines"):
    """`section` empty means the whole file; `%preamble` (ours) addresses the preamble."""

    lines: tuple[str, ...]
    section: str = ""
    package: str = ""


class SpecAppendLines(OverlayBase, frozen=True, kw_only=True, tag="spec-append-lines"):
    lines: tuple[str, ...]
    section: str = ""
    package: str = ""


class SpecSearchReplace(OverlayBase, frozen=True, kw_only=True, tag="spec-search-replace"):
    """`regex` is RE2; `replacement` is literal text."""

    regex: str
    replacement: str = ""
    section: str = ""
    package: str = ""


class SpecRemoveSection(OverlayBase, frozen=True, kw_only=True, tag="spec-remove-section"):
    section: str
    package: str = ""


class SpecRemoveSubpackage(OverlayBase, frozen=True, kw_only=True, tag="spec-remove-subpackage"):
    package: str


class PatchAdd(OverlayBase, frozen=True, kw_only=True, tag="patch-add"):
    """`source` is a path of this machine, made absolute by the reader; `file` the name it gets beside the spec."""

    source: LocalPath
    file: str = ""
    package: str = ""


class PatchRemove(OverlayBase, frozen=True, kw_only=True, tag="patch-remove"):
    file: str


class FilePrependLines(OverlayBase, frozen=True, kw_only=True, tag="file-prepend-lines"):
    file: str
    lines: tuple[str, ...]


class FileSearchReplace(OverlayBase, frozen=True, kw_only=True, tag="file-search-replace"):
    """With `archive`, `file` is a glob inside that source archive."""

    file: str
    regex: str
    replacement: str = ""
    archive: str = ""


class FileAdd(OverlayBase, frozen=True, kw_only=True, tag="file-add"):
    file: str
    source: LocalPath


class FileRemove(OverlayBase, frozen=True, kw_only=True, tag="file-remove"):
    """With `archive`, `file` is a glob inside that source archive."""

    file: str
    archive: str = ""


class FileRename(OverlayBase, frozen=True, kw_only=True, tag="file-rename"):
    file: str
    replacement: str


Overlay = (
    SpecAddTag
    | SpecInsertTag
    | SpecSetTag
    | SpecUpdateTag
    | SpecRemoveTag
    | SpecPrependLines
    | SpecAppendLines
    | SpecSearchReplace
    | SpecRemoveSection
    | SpecRemoveSubpackage
    | PatchAdd
    | PatchRemove
    | FilePrependLines
    | FileSearchReplace
    | FileAdd
    | FileRemove
    | FileRename
)
