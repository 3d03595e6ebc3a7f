"""A seed: the small disk from which cloud-init takes a machine's name, its user and the keys to it (its source NoCloud).

The seed is a FAT file system labelled CIDATA with the files `meta-data` and `user-data`:
https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from headwater.errors import Kind, fail
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

MIB = 1 << 20
LONGEST = 1 << 16  # bytes of a file with public keys
KEY = re.compile(r"(?:ssh|ecdsa|sk)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*(?: [^\x00-\x1f\x7f]*)?")  # sshd(8), without options
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # of a host, RFC 1123
WORK = "/tmp/work"  # noqa: S108 in the sandbox
FORMAT = 'mkfs.vfat --invariant -n CIDATA "$1/seed" && mcopy -i "$1/seed" "$1/meta-data" "$1/user-data" ::/'


def read_keys(file: Path) -> tuple[str, ...]:
    """The public keys of a file such as ~/.ssh/id_ed25519.pub. Errors: Failure(USAGE)."""
    try:
        with file.open("rb") as stream:
            lines = stream.read(LONGEST).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise fail(Kind.USAGE, f"`{file}` has no public key", why=str(error), hint="ssh-keygen -t ed25519") from None
    keys = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not keys or not all(KEY.fullmatch(key) for key in keys):
        why = "expected lines such as `ssh-ed25519 AAAA... somebody`; a private key is not wanted here"
        raise fail(Kind.USAGE, f"`{file}` has no public key", why=why, hint=f"ssh-keygen -y -f {file}")
    return keys


def write_seed(work: Path, name: str, keys: Sequence[str], toolbox: Toolbox) -> Path:
    """Make the seed of a machine called `name`, whose default user is let in with `keys`: a raw disk of one MiB in `work`."""
    assert NAME.fullmatch(name), "a machine's name is a label of a host name"
    (work / "meta-data").write_text(f"instance-id: {name}\nlocal-hostname: {name}\n")
    # what JSON says YAML says in the same words
    (work / "user-data").write_text(f"#cloud-config\nssh_authorized_keys: {json.dumps(keys)}\n")
    with (work / "seed").open("wb") as file:
        file.truncate(MIB)
    bind = sandbox.Bind(source=work, target=WORK, writable=True)
    sandbox.run(toolbox, ["sh", "-ec", FORMAT, "seed", WORK], binds=[bind], kind=Kind.IMAGE, what="no seed could be made")
    return work / "seed"
