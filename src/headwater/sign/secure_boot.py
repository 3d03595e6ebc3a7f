"""Keys of UEFI Secure Boot: made on first use beside the project's key, in a folder that only its owner can read.

PK says who may change the others, KEK who may change the lists, db what is started (UEFI 32.3).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from headwater.digest import digest_bytes
from headwater.errors import Kind
from headwater.progress import step
from headwater.sign.key import require_private, set_up
from headwater.sign.model import SecureBoot
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

NAMES = ("PK", "KEK", "db")
FOLDER, NEW = "secure-boot", "/tmp/new"  # noqa: S108 the sandbox's own tmpfs
DAYS = "36500"  # firmware does not look at it, and a machine must start when nobody renews anything


def open_secure_boot(keys: Path, name: str, toolbox: Toolbox) -> SecureBoot:
    """The keys below a project's folder of keys; the first call makes them (RSA 2048, which all firmware knows)."""
    folder = keys / FOLDER
    if not folder.exists():
        with step("key", f"{name} Secure Boot", reason=f"{folder.name} is not there"):
            _make(folder, name, toolbox)
    require_private(folder, 0o700)
    for each in NAMES:
        require_private(folder / f"{each}.key", 0o600)
    return SecureBoot(folder=folder, fingerprint=digest_bytes((folder / "db.pem").read_bytes()))


def _make(folder: Path, name: str, toolbox: Toolbox) -> None:
    set_up(folder.parent)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as beside:
        made = Path(beside) / "made"
        made.mkdir(mode=0o700)
        for each in NAMES:
            words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", DAYS, "-subj"]
            words += [f"/CN={name.replace('/', ' ')} {each}", "-keyout", f"{NEW}/{each}.key", "-out", f"{NEW}/{each}.pem"]
            binds = [sandbox.Bind(source=made, target=NEW, writable=True)]
            sandbox.run(
                toolbox, words, binds=binds, timeout=60, kind=Kind.SIGNATURE, what="no key for Secure Boot could be made"
            )
            (made / f"{each}.key").chmod(0o600)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first, and its keys stay
                raise
