"""Keys, and signatures in packages and beside files."""

from headwater.sign.container import Signer, open_image_key, payload, sign_payloads, signing
from headwater.sign.detached import check_bytes, check_file, is_signed, read_certificate, sign_bytes, sign_file
from headwater.sign.key import open_key
from headwater.sign.packages import check_packages, sign_packages
from headwater.sign.secure_boot import open_secure_boot

__all__ = [
    "Signer",
    "check_bytes",
    "check_file",
    "check_packages",
    "is_signed",
    "open_image_key",
    "open_key",
    "open_secure_boot",
    "payload",
    "read_certificate",
    "sign_bytes",
    "sign_file",
    "sign_packages",
    "sign_payloads",
    "signing",
]
