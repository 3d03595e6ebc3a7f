"""How a machine takes the next version of its verified root (sysupdate.d(5)), and how it knows whether that one works.

systemd-sysupdate writes root and hashes into the other slot and the kernel image, with a count of tries in its name, beside the
old one. systemd-boot counts down; systemd-bless-boot takes the count away once boot-complete.target is reached, and that needs
our unit (systemd's "Automatic Boot Assessment"). An extension brings along how its own next version is fetched.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from headwater.config.images import ExtensionScope, Health, ImageKind, ImageRule, RootKind
from headwater.config.model import Project
from headwater.config.workshop import MadeFile

TRANSFERS, PIECES = "/usr/lib/sysupdate.d", "/usr/lib/headwater/sysupdate.d"
FETCH, FETCHED = "/usr/lib/headwater/update", "/var/lib/headwater/update"  # our program, and where it puts the parts together
KEYRING = "/usr/lib/systemd/import-pubring.pgp"  # a package brings one with other distributions' keys: ours has to replace it
OS_RELEASE = "/usr/lib/os-release"
UNITS = "/usr/lib/systemd/system"
# of extensions: where machines look for them, and where they have their part of sysupdate.d(5)
PLACES = {ExtensionScope.USR: "/var/lib/extensions", ExtensionScope.ETC: "/var/lib/confexts"}
COMPONENTS = {
    ExtensionScope.USR: "/usr/lib/sysupdate.{}.d/10-extension.transfer",
    ExtensionScope.ETC: "/etc/sysupdate.{}.d/10-extension.transfer",
}
CHECK, UNIT = "/usr/lib/headwater/healthy", "headwater-healthy.service"
VERSION = "0"  # of an image where neither it nor its project says one
# the version that runs is never taken away; `%A` is IMAGE_VERSION of os-release
SOURCE = "[Transfer]\nProtectVersion=%A\n\n[Source]\nType={type}\nPath={path}\nMatchPattern={pattern}\n\n[Target]\n"
PARTITION = "Type=partition\nPath=auto\nMatchPattern={name}_@v\nMatchPartitionType={type}\nReadOnly=1\nInstancesMax=2\n"
# 0644: without a bit for writing FAT makes the file read-only, systemd-boot cannot rename it, and nothing is counted
KERNEL = (
    "Type=regular-file\nPath=/EFI/Linux\nPathRelativeTo=boot\n"
    "MatchPattern={name}_@v+@l-@d.efi {name}_@v+@l.efi {name}_@v.efi\nMode=0644\nTriesLeft={tries}\nTriesDone=0\n"
    "InstancesMax=2\n"
)
HEALTHY = """[Unit]
Description=Asks whether this version of the system works
After=multi-user.target
Before=boot-complete.target
FailureAction=reboot-force

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh {check}
"""

UPDATE = """[Unit]
Description=Brings the next version of the system
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={fetch}
"""
DAILY = """[Unit]
Description=Looks for the next version of the system

[Timer]
OnBootSec=15min
OnUnitActiveSec=1d
RandomizedDelaySec=1h

[Install]
WantedBy=timers.target
"""


def is_sealed(rule: ImageRule) -> bool:
    """Whether an image is a disk with a verified root."""
    return rule.kind is ImageKind.DISK and rule.disk.root is RootKind.VERITY


def versioned(rule: ImageRule, project: Project) -> ImageRule:
    """The image's table with its version said."""
    return msgspec.structs.replace(rule, version=rule.version or project.version or VERSION)


def update_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """What an image that takes updates has for them; nothing for others. The image's own files win over these."""
    if not rule.updates.url:
        return ()
    return tuple(_files(rule)) if is_sealed(rule) else (_of_extension(rule),) if rule.kind is ImageKind.EXTENSION else ()


def _of_extension(rule: ImageRule) -> MadeFile:
    """As a component of its own, for `systemd-sysupdate --component=NAME`: versions lie side by side (systemd.v(7))."""
    place = PLACES[rule.extension.scope]
    source = f"[Source]\nType=url-file\nPath={rule.updates.url}\nMatchPattern={pattern_of(rule.name, 'raw')}.zst\n\n"
    target = f"[Target]\nType=regular-file\nPath={place}/{rule.name}.raw.v\nMatchPattern={pattern_of(rule.name, 'raw')}\n"
    return MadeFile(
        path=COMPONENTS[rule.extension.scope].format(rule.name),
        content=f"{source}{target}Mode=0644\nInstancesMax=2\n",
        reason="where its next version is, and whereto it goes",
    )


def _files(rule: ImageRule) -> Iterator[MadeFile]:
    name, updates = rule.name, rule.updates
    parts = {  # the kernel image is last, for it is what makes the others start
        "10-root": ("erofs", PARTITION.format(name=name, type="root"), "the next root"),
        "20-verity": ("verity", PARTITION.format(name=name, type="root-verity"), "its hashes"),
        "30-kernel": ("efi", KERNEL.format(name=name, tries=updates.tries), "what starts them"),
    }
    for transfer, (part, target, why) in parts.items():
        source = SOURCE.format(type="url-file", path=updates.url, pattern=f"{pattern_of(name, part)}.zst")
        yield MadeFile(path=f"{TRANSFERS}/{transfer}.transfer", content=source + target, reason=f"an update brings {why}")
        source = SOURCE.format(type="regular-file", path=FETCHED, pattern=pattern_of(name, part))
        reason = f"an update by patches brings {why}"
        yield MadeFile(path=f"{PIECES}/{transfer}.transfer", content=source + target, reason=reason)
    from importlib.resources import files  # noqa: PLC0415 for images that hold it

    fetch = (files("headwater.image") / "update.sh").read_text()
    yield MadeFile(path=FETCH, content=fetch, mode="755", reason="brings the next version by patches where there are some")
    units = {"headwater-update.service": UPDATE.format(fetch=FETCH), "headwater-update.timer": DAILY}
    for unit, text in units.items():
        yield MadeFile(path=f"{UNITS}/{unit}", content=text, reason="once a day, if the image's `units` say so")
    asked = "".join(_asked(one) for one in updates.health)
    yield MadeFile(path=CHECK, content=asked, reason="what a new version has to do before it may stay")
    yield MadeFile(path=f"{UNITS}/{UNIT}", content=HEALTHY.format(check=CHECK), reason="asks for it, else restarts")
    wanted = f"{UNITS}/boot-complete.target.requires/{UNIT}"
    yield MadeFile(path=wanted, link=f"../{UNIT}", reason="a boot is complete only then")


def _asked(one: Health) -> str:
    said = shlex.quote(f"not healthy: {' '.join(one.reason.split())}")
    return f"{one.command} || {{ echo {said}; exit 1; }}\n"


def pattern_of(name: str, part: str) -> str:
    """How a part is called, for systemd-sysupdate: `@v` is the version, `@u` the identity of its partition."""
    return f"{name}_@v_@u.{part}" if part in {"erofs", "verity"} else f"{name}_@v.{part}"


def release_words(rule: ImageRule) -> str:
    """What an image with a verified root adds to os-release(5)."""
    return f"IMAGE_ID={rule.name}\nIMAGE_VERSION={rule.version}\n" if is_sealed(rule) else ""
