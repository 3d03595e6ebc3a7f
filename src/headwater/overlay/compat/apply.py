"""Apply overlays as azldev does, in its order, and all or nothing, which it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import assert_never

from msgspec.structs import replace as changed

from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    PatchAdd,
    PatchRemove,
    SpecAddTag,
    SpecAppendLines,
    SpecInsertTag,
    SpecPrependLines,
    SpecRemoveSection,
    SpecRemoveSubpackage,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecSetTag,
    SpecUpdateTag,
)
from headwater.errors import Failure, Kind, Problem
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.overlay.compat import archives, files, lines, patches, sections, steps, tags
from headwater.overlay.compat.document import parse
from headwater.overlay.compat.files import Edited, Sources, folders_of
from headwater.overlay.compat.text import write_lines
from headwater.overlay.files import with_files
from headwater.overlay.nearest import kind_of
from headwater.store import Store
from headwater.upstream.model import LooseFile, SourceTree

_Step = Callable[[Sources], tuple[Sources, list[Change]]]

MACRO_FILE = "macro-file"  # the kind of the Change that writes it
LIST = "sources"


def apply_compat(
    tree: SourceTree,
    overlays: Sequence[Overlay],
    store: Store,
    *,
    where: Origin,
    macros: Mapping[str, str] | None = None,
    skip_check_reason: str | None = None,
    with_archives: bool = True,
) -> tuple[SourceTree, tuple[Change, ...]]:
    """The tree as azldev's `prepare-sources` leaves it, and what each step did; `where` is the component's place.

    `macros` are those of the macro file (merge_macros gives them); `skip_check_reason` None leaves `%check` alone. Without
    `with_archives` it is as with azldev's `--skip-sources`, which its `render` implies: archives are not seen, and overlays on
    files in them are left out. Where azldev lets an overlay change nothing, its Change has the same content before and after.

    A Failure holds the problem of every overlay that azldev would stop at. Then nothing was done, which with azldev is not so.
    """
    tree = _with_list(tree)
    there = {*tree.files, *(tree.archives if with_archives else ())}
    sources = Sources(tree=tree, folders=folders_of(there), archives=with_archives)
    changes: list[Change] = []
    problems: list[Problem] = []
    for step in _plan(tree, overlays, store, where=where, macros=macros or {}, skip_check_reason=skip_check_reason):
        try:
            sources, made = step(sources)
            changes += made
        except Failure as failure:
            problems += failure.problems
            if failure.kind is Kind.SPEC:
                break  # a line that is too long is so for each of the others
    if problems:
        raise Failure(problems)
    return _without_list(sources.tree), tuple(changes)


def _with_list(tree: SourceTree) -> SourceTree:
    """The tree with its list of archives as a file, which is what it is to azldev's overlays."""
    if not tree.sources:
        return tree
    listed = LooseFile(content=tree.sources.encode(errors="surrogateescape"))
    return changed(with_files(tree, {**tree.files, LIST: listed}), sources="")


def _without_list(tree: SourceTree) -> SourceTree:
    listed = tree.files.get(LIST)
    if not listed or not listed.content:
        return tree
    files = {name: file for name, file in tree.files.items() if name != LIST}
    return changed(tree, files=files, sources=listed.content.decode(errors="surrogateescape"))


def _plan(
    tree: SourceTree,
    overlays: Sequence[Overlay],
    store: Store,
    *,
    where: Origin,
    macros: Mapping[str, str],
    skip_check_reason: str | None,
) -> list[_Step]:
    """All steps in azldev's order: the macro file, archives, the macros' loading, the overlays, `%check`, the note on top."""
    inside = [overlay for overlay in overlays if archives.archive_of(overlay)]
    loose = [overlay for overlay in overlays if not archives.archive_of(overlay)]
    plan: list[_Step] = [partial(_in_archives, inside, store)]
    if macros:
        name = steps.macro_file_name(tree.component, where)
        plan.insert(0, partial(_write_macros, name, steps.macro_file(macros), where))
        loose = [*steps.load_macros(name, where), *loose]
    if skip_check_reason is not None:
        loose.append(steps.skip_check(skip_check_reason, where))
    return [*plan, *(partial(_one, overlay) for overlay in (*loose, steps.note(where)))]


def _in_archives(overlays: Sequence[Overlay], store: Store, sources: Sources) -> tuple[Sources, list[Change]]:
    if not sources.archives:
        return sources, []
    tree, made = archives.apply(sources.tree, overlays, store)
    return changed(sources, tree=tree), made


def _one(overlay: Overlay, sources: Sources) -> tuple[Sources, list[Change]]:
    edited = _edited(sources, overlay)
    return changed(sources, tree=edited.tree), _changes(sources.tree, edited, overlay)


def _edited(sources: Sources, overlay: Overlay) -> Edited:
    match overlay:
        case FilePrependLines() | FileSearchReplace() | FileAdd() | FileRemove() | FileRename():
            return files.edit(sources, overlay)
        case PatchAdd() | PatchRemove():
            declared = _spec_edited(sources.tree, overlay)
            edited = files.edit(changed(sources, tree=declared), overlay)
            return Edited(tree=edited.tree, touched=(sources.tree.spec, *edited.touched))
        case _:
            return Edited(tree=_spec_edited(sources.tree, overlay), touched=(sources.tree.spec,))


def _spec_edited(tree: SourceTree, overlay: Overlay) -> SourceTree:
    """The spec is read anew for each overlay, so that what one put in as a line is lines, and may be headers, for the next."""
    document = parse(tree.text, tree.spec, overlay.where)
    match overlay:
        case SpecAddTag() | SpecInsertTag() | SpecSetTag() | SpecUpdateTag() | SpecRemoveTag():
            new = tags.edit(document, overlay)
        case SpecPrependLines() | SpecAppendLines() | SpecSearchReplace():
            new = lines.edit(document, overlay)
        case SpecRemoveSection() | SpecRemoveSubpackage():
            new = sections.edit(document, overlay)
        case PatchAdd():
            new = patches.declare(document, overlay)
        case PatchRemove():
            new = patches.forget(document, overlay)
        case FilePrependLines() | FileSearchReplace() | FileAdd() | FileRemove() | FileRename():
            raise AssertionError("overlays on files do not reach the spec")
        case _:
            assert_never(overlay)
    content = write_lines(new).encode(errors="surrogateescape")
    return with_files(tree, {**tree.files, tree.spec: LooseFile(content=content, mode=tree.files[tree.spec].mode)})


def _write_macros(name: str, content: bytes, where: Origin, sources: Sources) -> tuple[Sources, list[Change]]:
    """A file of that name is lost, except for its mode."""
    old = sources.tree.files.get(name)
    file = LooseFile(content=content, mode=old.mode if old else files.MODE)
    before = old.content if old else None
    change = Change(kind=MACRO_FILE, description=steps.MACROS, where=where, file=name, before=before, after=content)
    return changed(sources, tree=with_files(sources.tree, {**sources.tree.files, name: file})), [change]


def _changes(before: SourceTree, edited: Edited, overlay: Overlay) -> list[Change]:
    found = []
    lost = set(edited.renamed.values()) - set(edited.renamed)  # a file that the new name of another was put over
    names = {*before.files, *edited.tree.files, *edited.touched, *edited.renamed}
    for name in sorted(names, key=lambda name: (name not in lost, name)):  # what is lost goes before another has its name
        old, new_name = before.files.get(name), edited.renamed.get(name, "")
        new = None if name in lost else edited.tree.files.get(new_name or name)
        if old != new or new_name or name in edited.touched:
            found.append(
                Change(
                    kind=kind_of(overlay),
                    description=overlay.description,
                    where=overlay.where or Origin(file="overlays"),
                    file=name,
                    before=old.content if old else _shown(before, name),
                    after=new.content if new else _shown(edited.tree, new_name or name),
                    renamed_to=new_name,
                )
            )
    return found


def _shown(tree: SourceTree, name: str) -> bytes | None:
    archive = tree.archives.get(name)
    return f"{archive.size} bytes, SHA-512 {archive.sha512}\n".encode() if archive else None
