"""One build as an action: rpmbuild in its root, with nothing of the machine, the day or the user in what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from headwater.build.script import HOME, OUTPUTS, SCRIPT, TOP, write_script
from headwater.config.model import BuildRule
from headwater.engine import Action, Digest, Limits

FIXED_TIME = 1767225600  # 2026-01-01: the time of packages without a changelog
ALL, REQUIRES = "-ba", "-br"  # what rpmbuild makes: all packages, or a list of what `%generate_buildrequires` asks for
LACKING = 11  # how it ends where it asks for something
# what makes a build hermetic and repeatable; a project may add to it, not take from it
MACROS = {
    "_topdir": f"/{TOP}",
    "_buildhost": "headwater",
    "use_source_date_epoch_as_buildtime": "1",
    "build_mtime_policy": "clamp_to_source_date_epoch",
    "clamp_mtime_to_source_date_epoch": "1",
    "source_date_epoch_from_changelog": "0",
    "_smp_build_ncpus": "2",
    "_smp_mflags": "-j2",
    "_build_id_links": "alldebug",
}
# what kind of worker runs it; said on this machine too, so that an action has one digest everywhere
PLATFORM = {"OSFamily": "linux", "ISA": "x86-64"}
ARCH, FLAGS = "x86_64", "optflags"
_ENTRY = re.compile(r"^\*\s+\w{3}\s+(\w{3})\s+(\d{1,2})(?:\s+[\d:]+\s+\w+)?\s+(\d{4})\b", re.MULTILINE)


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How one component is built: a script that lies in its tree, the environment, the limits (`timeout` in seconds)."""

    script: str
    environment: dict[str, str]
    timeout: int
    limits: Limits


def recipe(spec_name: str, spec: str, rule: BuildRule, stage: str = ALL) -> Recipe:
    """What builds a spec (`spec` is its text), up to a stage."""
    words = ["rpmbuild", stage, "--nodeps", "--noclean", f"/{TOP}/SPECS/{spec_name}"]
    return Recipe(
        script=write_script(words, rule),
        environment=environment(source_date(spec)),
        timeout=rule.timeout,
        limits=Limits(memory=rule.memory, disk=rule.disk, processes=rule.processes),
    )


def environment(epoch: int) -> dict[str, str]:
    """All that a build sees in its environment; `epoch` is in seconds."""
    return {
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/usr/sbin:/bin:/sbin",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(epoch),
        "TERM": "dumb",
        "TZ": "UTC",
        "USER": "root",
    }


def source_date(spec: str) -> int:
    """Noon (UTC) of the newest changelog entry, as rpm reckons it, or a fixed time."""
    _, _, changelog = spec.partition("\n%changelog")
    for month, day, year in _ENTRY.findall(changelog)[:1]:
        try:
            return int(datetime.strptime(f"{day} {month} {year} 12 +0000", "%d %b %Y %H %z").timestamp())
        except ValueError:
            break
    return FIXED_TIME


def macro_file(macros: Mapping[str, str]) -> str:
    """Macros for rpm as a file: the project's, then ours; sorted, each on one line."""
    lines = [f"%{name} {value}" for name, value in sorted({**macros, **MACROS}.items()) if name != FLAGS]
    return "".join(" \\\n".join(line.rstrip("\n").split("\n")) + "\n" for line in lines)


def rpmrc(macros: Mapping[str, str]) -> str:
    """Rpm's other file: compiler flags count only there, whatever a macro file says."""
    return f"optflags: {ARCH} {' '.join(macros[FLAGS].split())}\n" if FLAGS in macros else ""


def action(made: Recipe, root: Digest) -> Action:
    """The action; where its outputs lie is part of it."""
    return Action(
        arguments=("/bin/bash", SCRIPT),
        root=root,
        directory=TOP,
        outputs=OUTPUTS,
        environment=made.environment,
        timeout=made.timeout,
        platform=PLATFORM,
        limits=made.limits,
    )
