"""A root as a distribution of the Windows Subsystem for Linux: files that WSL reads, and the archive that it imports.

Microsoft, "Build a Custom Linux Distribution for WSL" (https://learn.microsoft.com/windows/wsl/build-custom-distro).
"""

from __future__ import annotations

import shlex
from pathlib import Path

from headwater.config.images import ImageKind, ImageRule, WslRule
from headwater.config.workshop import MadeFile
from headwater.errors import Kind
from headwater.feed import Feed
from headwater.image.wsl_rules import CONF, DISTRIBUTION, TROUBLE, USER_TROUBLE
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

FIRST_RUN = "/usr/lib/wsl/oobe.sh"
ASKS = "systemd-firstboot.service"  # asks on a console that nobody sees; names, time and places are Windows' own
WORK = "/tmp/work"  # noqa: S108 in the sandbox


def wsl_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """What an image of kind `wsl` has besides its packages; none for other kinds. The image's own files win over these."""
    if rule.kind is not ImageKind.WSL:
        return ()
    wsl = rule.wsl
    made = [
        MadeFile(path=DISTRIBUTION, content=_distribution(rule), reason="tells WSL how to install and first start it"),
        MadeFile(path=CONF, content=f"[boot]\nsystemd = {_word(wsl.systemd)}\n", reason="tells WSL how to start it"),
    ]
    if not wsl.command:
        made.append(MadeFile(path=FIRST_RUN, content=_first_run(wsl), mode="755", reason="makes the user"))
    if wsl.systemd:
        no_first_boot = "a fresh one for each installation; `uninitialized` would also ask questions and apply presets"
        made.append(MadeFile(path="/etc/machine-id", content="", mode="444", reason=no_first_boot))
        masked = [f"system/{unit}" for unit in (*TROUBLE, ASKS)] + [f"user/{unit}" for unit in USER_TROUBLE]
        made += [MadeFile(path=f"/etc/systemd/{unit}", link="/dev/null", reason="does harm under WSL") for unit in masked]
    return tuple(made)


def _distribution(rule: ImageRule) -> str:
    """wsl-distribution.conf; a key that says what WSL does anyway is left out."""
    wsl = rule.wsl
    sections = {
        "oobe": {
            "command": wsl.command or FIRST_RUN,
            "defaultUid": str(wsl.default_uid),
            "defaultName": wsl.name or rule.name,
        },
        "shortcut": {"enabled": "" if wsl.shortcut else "false", "icon": wsl.icon},
        "windowsterminal": {"enabled": "" if wsl.terminal else "false", "profileTemplate": wsl.terminal_profile},
    }
    said = {name: [f"{key} = {value}\n" for key, value in keys.items() if value] for name, keys in sections.items()}
    return "\n".join(f"[{name}]\n" + "".join(lines) for name, lines in said.items() if lines)


def _first_run(wsl: WslRule) -> str:
    words = {"uid": str(wsl.default_uid), "groups": ",".join(wsl.groups), "shell": wsl.shell}
    given = "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items())
    from importlib.resources import files  # noqa: PLC0415 for images that hold it

    return (files("headwater.image") / "oobe.sh").read_text().replace("# GIVEN\n", given)


def _word(value: bool) -> str:  # noqa: FBT001 private
    return "true" if value else "false"


def write_wsl(tar: Feed, place: Path, toolbox: Toolbox) -> None:
    """Compress the canonical tar as WSL asks for it: gzip, which all its versions read; no name and no time in it."""
    binds = [sandbox.Bind(source=place.parent, target=WORK, writable=True)]
    words = ["sh", "-c", 'exec gzip -n -9 >"$1"', "gzip", f"{WORK}/{place.name}"]
    sandbox.run(toolbox, words, binds=binds, stdin=tar, kind=Kind.IMAGE, what="the archive for WSL could not be made")
