"""An extension as a disk image: an erofs, its hashes and their signature (Discoverable Disk Image, UAPI.2)."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.image.identities import Identities
from headwater.image.partitions import Partition, join
from headwater.image.rootfs import Composed
from headwater.image.tar import canonical_tar
from headwater.image.verity import Verity, make_verity
from headwater.image.workbench import KEYS, WORK, Workbench
from headwater.sign.model import SecureBoot
from headwater.store import Store
from headwater.toolbox.model import Toolbox

BLOCK = 4096  # the signature's partition is filled up to it with zeros


def write_extension(
    rule: ImageRule, composed: Composed, *, secure: SecureBoot | None, toolbox: Toolbox, store: Store, work: Path
) -> dict[str, Path]:
    """Make the disk image in an empty directory; returns files by format. With `secure` its root hash is signed."""
    known = Identities.of(composed.index.digest)
    bench = Workbench(toolbox, work, composed.root.epoch, secure)
    verity = make_verity(canonical_tar(composed.root, store), known.root, rule.name, bench)
    parts = [
        Partition(kind="root-x86-64", label=rule.name, identity=verity.data, file="root.img"),
        Partition(kind="root-x86-64-verity", label=rule.name, identity=verity.tree, file="verity.img"),
    ]
    if secure:
        _sign(verity, secure, bench)
        parts.append(Partition(kind="root-x86-64-verity-sig", label=rule.name, identity=known.esp, file="signature.img"))
    join(parts, known.disk, 0, bench)
    return {"raw": work / "disk.raw"}


def _sign(verity: Verity, secure: SecureBoot, bench: Workbench) -> None:
    """Make `signature.img`: JSON with a PKCS #7 signature of the root hash (Discoverable Partitions Specification).

    RSA with PKCS #1 v1.5 and without signed attributes, which would hold the time: the same hash has the same signature.
    """
    (bench.work / "roothash").write_text(verity.hash)
    keys = ("-inkey", f"{KEYS}/db.key", "-signer", f"{KEYS}/db.pem")
    bench.run("openssl", "smime", "-sign", "-nocerts", "-noattr", "-binary", "-in", f"{WORK}/roothash", *keys,
              "-outform", "der", "-out", f"{WORK}/roothash.p7s")  # fmt: skip
    certificate = ssl.PEM_cert_to_DER_cert((secure.folder / "db.pem").read_text())
    told = {
        "rootHash": verity.hash,
        "certificateFingerprint": hashlib.sha256(certificate).hexdigest(),
        "signature": base64.b64encode((bench.work / "roothash.p7s").read_bytes()).decode(),
    }
    text = msgspec.json.encode(told)
    (bench.work / "signature.img").write_bytes(text + b"\0" * (-len(text) % BLOCK))
    bench.age("signature.img")
