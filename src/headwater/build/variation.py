"""What is otherwise in a second build of the same inputs, and how a build's script, environment and tree say so; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import Enum

from headwater.build.script import TOP

ELSEWHERE = "other"  # instead of TOP
TOOLS = "varied"  # below the root: what `instruments` made
MARK = f"/{TOOLS}/began"
HOST, NOBODY = "elsewhere", "nobody"
AHEAD = 315_576_000  # seconds: ten years, and half a day
STILL = 2_082_844_800  # 2036-01-02: the moment of a clock that stands
LOCALE = "et_EE"  # its alphabet has z before t, decimals have a comma
PROCESSES = 700  # that ran before: numbers have another length
MACROS = "etc/rpm/macros.zzz-varied"  # read after ours
PRELOAD = "etc/ld.so.preload"


class Aspect(Enum):
    """One thing that is varied; the value is what messages call it. Whoever has another host name is another user, too."""

    PATH = "path"
    TIME = "time"
    ZONE = "time zone"
    LOCALE = "locale"
    UMASK = "umask"
    USER = "user"
    HOST = "host name"
    PROCESSORS = "number of processors"
    ORDER = "order of directories"
    PROCESSES = "numbers of processes"
    STILL = "a clock that stands"  # only to find out what the clock does; no part of a second build


Variation = frozenset[Aspect]
ALL: Variation = frozenset(Aspect) - {Aspect.STILL}
OF_ALL = (".noarch.rpm", ".src.rpm")  # packages that no machine's programs are in
WRITTEN = 16  # bytes of a build id that debugedit writes
TOLD = {
    Aspect.PATH: (f"/{TOP}", f"/{ELSEWHERE}, but for programs with long build ids"),
    Aspect.TIME: ("the machine's", "ten years later"),
    Aspect.ZONE: ("UTC", "14 hours east of it"),
    Aspect.LOCALE: ("C.UTF-8", f"{LOCALE}.UTF-8"),
    Aspect.UMASK: ("022", "077"),
    Aspect.USER: ("root, uid 0", f"{NOBODY}, uid 65534, with a home of its own"),
    Aspect.HOST: ("buildbox", HOST),
    Aspect.PROCESSORS: ("the machine's", "1; make -j2 by rpm's macros in both"),
    Aspect.ORDER: ("as files were made", "the other way round"),
    Aspect.PROCESSES: ("from 2", f"from {PROCESSES}"),
}
_TOP = re.compile(rf"(?<![\w./-])/{TOP}(?![\w.-])")


def varied_for(packages: Collection[str], build_ids: Collection[str] = ()) -> Variation:
    """What is varied where a build made packages of these file names, and programs with these build ids (hexadecimal).

    The linker makes a build id of text with the place in it. debugedit takes the place out and writes a new id over the old
    one: 16 bytes of it. The last four of a longer one stay, so programs with such ids are built in their place again.
    """
    movable = bool(build_ids) and all(len(one) == 2 * WRITTEN for one in build_ids)
    return ALL if movable or all(name.endswith(OF_ALL) for name in packages) else ALL - {Aspect.PATH}


def varied_text(text: str, variation: Variation) -> str:
    """A text of ours (the script, a value of the environment) that names places of the build, for the other place."""
    return _TOP.sub(f"/{ELSEWHERE}", text) if Aspect.PATH in variation else text


def varied_script(script: str, variation: Variation) -> str:
    """The script of the second build."""
    if Aspect.UMASK in variation:
        script = script.replace("umask 022\n", "umask 077\n")
    return varied_text(script, variation)


def varied_environment(environment: Mapping[str, str], variation: Variation, *, locale: bool) -> dict[str, str]:
    """The environment of the second build; where the root has no other `locale`, it is the one without letters, `C`."""
    found = dict(environment)
    if Aspect.ZONE in variation:
        found["TZ"] = "<+14>-14"
    if Aspect.LOCALE in variation:
        name = f"{LOCALE}.UTF-8" if locale else "C"
        found |= {"LANG": name, "LC_ALL": name, "LANGUAGE": LOCALE}
    if Aspect.USER in variation:
        found |= {"USER": NOBODY, "LOGNAME": NOBODY, "HOME": f"{environment['HOME']}/{NOBODY}"}
    return {name: varied_text(value, variation) for name, value in found.items()}


def varied_macros(variation: Variation) -> str:
    """Rpm's macros that are otherwise."""
    return f"%_topdir /{ELSEWHERE}\n" if Aspect.PATH in variation else ""


def beginning(variation: Variation) -> tuple[str, ...]:
    """What stands before the script's own words: the program that begins it in the varied world."""
    words = [f"/{TOOLS}/begin"]
    if variation & {Aspect.USER, Aspect.HOST}:
        words.append("-u")
    if Aspect.HOST in variation:
        words += ["-h", HOST]
    if Aspect.PROCESSORS in variation:
        words.append("-c")
    if Aspect.PROCESSES in variation:
        words += ["-p", str(PROCESSES)]
    if variation & {Aspect.TIME, Aspect.STILL}:
        words += ["-t", "-m", MARK]
    return tuple(words)


def preloaded(variation: Variation) -> tuple[str, ...]:
    """The libraries that every program of the second build loads first."""
    names = {Aspect.TIME: "clock.so", Aspect.STILL: "still.so", Aspect.ORDER: "order.so"}
    return tuple(f"/{TOOLS}/{name}" for aspect, name in names.items() if aspect in variation)


def named(variation: Collection[Aspect]) -> str:
    """Aspects as messages list them."""
    return ", ".join(aspect.value for aspect in Aspect if aspect in variation)
