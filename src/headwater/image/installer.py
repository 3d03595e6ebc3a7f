"""What the system on a medium has besides its packages: a script that installs, on every console or as it is told.

It runs from memory, so there is no root file system to find: the kernel starts /init of the initrd, and that is systemd.
"""

from __future__ import annotations

from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import MadeFile

SCRIPT = "/usr/lib/headwater/install"
UNITS = "/usr/lib/systemd/system"
TOLD = "install.disk"  # on the kernel's command line: whoever says it is not asked
CONSOLE = f"""[Unit]
Description=Installer on %I
ConditionKernelCommandLine=!{TOLD}

[Service]
ExecStart=
ExecStart=-{SCRIPT}
StandardInput=tty
StandardOutput=tty
StandardError=tty
"""
ALONE = f"""[Unit]
Description=Installer
ConditionKernelCommandLine={TOLD}
After=systemd-udev-trigger.service

[Service]
Type=oneshot
ExecStart={SCRIPT}
StandardOutput=journal+console
StandardError=journal+console
"""


def installer_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """The files of a medium that installs; none for images of other kinds. The image's own files win over these."""
    if rule.kind is not ImageKind.ISO:
        return ()
    from importlib.resources import files  # noqa: PLC0415 for images that hold it

    script = (files("headwater.image") / "install.sh").read_text()
    return (
        MadeFile(path="/init", link="usr/lib/systemd/systemd", reason="what the kernel starts"),
        MadeFile(path="/etc/machine-id", content="", mode="444", reason="no questions of a first boot, and no presets"),
        MadeFile(path="/usr/lib/modules-load.d/medium.conf", content="isofs\nloop\nsquashfs\n", reason="reads the medium"),
        MadeFile(path=SCRIPT, content=script, mode="755", reason="installs"),
        MadeFile(path=f"{UNITS}/getty@.service.d/install.conf", content=CONSOLE, reason="asks on the screen"),
        MadeFile(path=f"{UNITS}/serial-getty@.service.d/install.conf", content=CONSOLE, reason="asks on the serial line"),
        MadeFile(path=f"{UNITS}/getty.target.wants/getty@tty1.service", link="../getty@.service", reason="there is a screen"),
        MadeFile(path=f"{UNITS}/install.service", content=ALONE, reason="installs as the kernel's command line says"),
        MadeFile(path=f"{UNITS}/multi-user.target.wants/install.service", link="../install.service", reason="at once"),
    )
