"""What UEFI firmware starts, signed by the project's keys; and the variables of a firmware that starts nothing else."""

from __future__ import annotations

from pathlib import Path

from headwater.image.workbench import KEYS, WORK, Workbench
from headwater.sign.model import SecureBoot

SIGN = "/usr/lib/systemd/systemd-sbsign"
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"  # of a firmware that knows no keys yet


def signing_words(bench: Workbench) -> list[str]:
    """How ukify signs the kernel image; nothing where there are no keys."""
    if not bench.secure:
        return []
    keys = (f"--secureboot-private-key={KEYS}/db.key", f"--secureboot-certificate={KEYS}/db.pem")
    return ["--signtool=systemd-sbsign", *keys, "--sign-kernel"]  # it cannot tell by itself whether the kernel needs it


def sign_loader(source: str, target: str, bench: Workbench) -> None:
    """Make `target` of the workbench from `source`: signed, or the same where there are no keys."""
    if not bench.secure:
        (bench.work / target).write_bytes((bench.work / source).read_bytes())
        return
    keys = (f"--private-key={KEYS}/db.key", f"--certificate={KEYS}/db.pem")
    bench.run(SIGN, "sign", *keys, f"--output={WORK}/{target}", f"{WORK}/{source}")


def enroll(secure: SecureBoot, bench: Workbench) -> Path:
    """Make `vars.fd`: OVMF's variables with our PK, KEK and db, and nobody else's."""
    lists = {"--set-pk": "PK", "--add-kek": "KEK", "--add-db": "db"}
    keys = [word for option, name in lists.items() for word in (option, secure.owner, f"{KEYS}/{name}.pem")]
    bench.run("virt-fw-vars", "--input", VARIABLES, "--output", f"{WORK}/vars.fd", *keys, "--no-microsoft", "--sb")
    return bench.work / "vars.fd"
