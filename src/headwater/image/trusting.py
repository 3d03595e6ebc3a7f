"""What a machine that starts only what the project signed has about extensions: those are laid over it that are signed, too."""

from __future__ import annotations

from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import MadeFile

CERTIFICATE = "/usr/lib/verity.d/project.crt"  # whose signatures of root hashes count (systemd.image-policy(7), `signed`)


def is_trusting(rule: ImageRule) -> bool:
    """Whether an image believes the project's keys for what firmware starts, and nobody else's."""
    return rule.kind is ImageKind.DISK and rule.disk.secure_boot


def trusting_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """The files by which extensions are laid over it at each start, if they are signed; none for other images."""
    if not is_trusting(rule):
        return ()
    policies = {"sysext": ("SysExt", "root=signed+absent:usr=signed+absent"), "confext": ("ConfExt", "root=signed+absent")}
    reason = "only what the project signed is laid over the machine"
    return tuple(
        made
        for name, (section, policy) in policies.items()
        for made in (
            MadeFile(
                path=f"/usr/lib/systemd/{name}.conf.d/10-signed.conf",
                content=f"[{section}]\nImagePolicy={policy}\n",
                reason=reason,
            ),
            MadeFile(
                path=f"/usr/lib/systemd/system/sysinit.target.wants/systemd-{name}.service",
                link=f"../systemd-{name}.service",
                reason="extensions that lie there are laid over it at each start",
            ),
        )
    )
