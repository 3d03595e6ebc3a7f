"""What rpmkeys said, in a few words."""

import pytest

from headwater.sign.packages import _finding

UNSIGNED = """/tmp/rpms/x.rpm:
    Header OpenPGP signature: NOTFOUND
    Header OpenPGP RSA signature: NOTFOUND
    Header SHA256 digest: OK
"""
CHANGED = """/tmp/rpms/x.rpm:
    Header OpenPGP V4 EdDSA/SHA512 signature, key fingerprint: 06b3: OK
    Payload SHA512 digest: BAD (Expected 12 != 34)
"""
FOREIGN = """/tmp/rpms/x.rpm:
    Header OpenPGP V4 EdDSA/SHA512 signature, key ID 5174: NOKEY
"""


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (UNSIGNED, "no signature"),
        (CHANGED, "Payload SHA512 digest: BAD"),
        (FOREIGN, "Header OpenPGP V4 EdDSA/SHA512 signature, key ID 5174: NOKEY"),
        ("error: /tmp/rpms/x.rpm: not an rpm package\n", "error: /tmp/rpms/x.rpm: not an rpm package"),
        ("", "no signature"),
    ],
)
def test_finding(said: str, found: str) -> None:
    assert _finding(said) == found
