"""How the parts of a bill of materials are called inside it."""

from __future__ import annotations

import re

from headwater.digest import digest_bytes
from headwater.rpm.model import Rpm

DOCUMENT, IMAGE = "SPDXRef-DOCUMENT", "SPDXRef-Image"


def spdx_id(rpm: Rpm) -> str:
    """SPDX takes letters, digits, dots and hyphens."""
    return f"SPDXRef-Package-{re.sub(r'[^A-Za-z0-9.]+', '-', rpm.name)}-{rpm.digest[:12]}"


def spdx_file_id(path: str) -> str:
    return f"SPDXRef-File-{digest_bytes(path.encode(errors='surrogateescape'))[:24]}"


def bom_ref(rpm: Rpm) -> str:
    return f"rpm:{rpm.digest}"
