"""Every input of one build by name, and what to say when two lists of them differ.

Names: `source/FILE` and `archive/FILE` of the rendered package, `package/NAME` for each package of the build root (what it
holds, not its signature), `root/...` for what the build root gets beside packages, `asked` for what `%generate_buildrequires`
asked for, `bootstrap` for those packages of the root that a bootstrap variant gave, `recipe` for how it is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from headwater.digest import digest_bytes, digest_of
from headwater.rpm.model import Rpm
from headwater.upstream.model import SourceTree

RECIPE = 1  # raise it when the same inputs would give other packages


def source_inputs(tree: SourceTree) -> dict[str, str]:
    """The rendered package, file by file."""
    loose = {f"source/{name}": _loose(file.content, file.mode) for name, file in tree.files.items()}
    return dict(sorted((loose | {f"archive/{name}": archive.digest for name, archive in tree.archives.items()}).items()))


def root_inputs(packages: Sequence[Rpm]) -> dict[str, str]:
    """The packages of a build root; a signature added or renewed changes nothing."""
    return {f"package/{rpm.name}": f"{rpm.payload or rpm.digest} {rpm.nevra}" for rpm in sorted(packages)}


def asked_inputs(asked: Sequence[str]) -> dict[str, str]:
    """What the spec asked for when it was run."""
    return {"asked": ", ".join(sorted(asked))} if asked else {}


def bootstrap_inputs(packages: Iterable[Rpm]) -> dict[str, str]:
    """Packages of the root that are no usual ones: bootstrap variants of components gave them."""
    names = ", ".join(sorted(rpm.name for rpm in packages))
    return {"bootstrap": names} if names else {}


def recipe_inputs(script: str, files: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """How it is built: the script, the generated files, the environment."""
    made = {f"root/{path.lstrip('/')}": digest for path, digest in sorted(files.items())}
    return {**made, "recipe": digest_of([RECIPE, script, dict(environment)])}


def difference(before: Mapping[str, str] | None, after: Mapping[str, str]) -> str:
    """Why a build with the inputs `after` is another one than that with `before`, in a few words; empty when it is the same."""
    if before is None:
        return "new"
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    parts = (
        ("source changed", [name.partition("/")[2] for name in changed if name.startswith(("source/", "archive/"))]),
        ("build root changed", [_moved(name, before, after) for name in changed if name.startswith("package/")]),
        ("build root's files changed", [name.partition("/")[2] for name in changed if name.startswith("root/")]),
        ("asked for otherwise", [after.get(name) or "nothing" for name in changed if name == "asked"]),
        ("recipe changed", [name for name in changed if name == "recipe"]),
    )
    return "; ".join(f"{what}: {_some(names)}" for what, names in parts if names)


def _loose(content: bytes, mode: int) -> str:
    return digest_bytes(content) + ("" if mode == 0o644 else f" {mode:o}")


def _moved(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    package = name.partition("/")[2]
    if name not in before:
        return f"{package} is new"
    if name not in after:
        return f"{package} is gone"
    old, new = (side[name].rpartition(" ")[2] for side in (before, after))
    return f"{package} was made anew" if old == new else f"{old} -> {new}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
