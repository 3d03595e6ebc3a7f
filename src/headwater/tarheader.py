"""The header of a tar member as a stranger wrote it: a size with which Python's reader goes back, or takes all memory, ends it.

(CVE-2025-8194 is one of these, and Python 3.11 has it still. Any other wrong header Python takes for the end of the archive.)
"""

from __future__ import annotations

import tarfile

AT_ONCE = 64 << 20  # bytes of names and attributes that one header may announce
MOST = 1 << 60  # bytes that a member may claim; the sum of some is a number that a file system knows
_WORDS = frozenset(
    {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
)


class Header(tarfile.TarInfo):
    """For `tarfile.open(tarinfo=Header)`. Raises tarfile.ReadError for a size that no honest archive has."""

    def _block(self, count: int) -> int:
        """Every size goes through here before anything is read or passed over (tarfile rounds it up to whole blocks)."""
        if count < 0 or count > (AT_ONCE if self.type in _WORDS else MOST):
            raise tarfile.ReadError(f"a header announces {count:,} bytes")
        return super()._block(count)  # type: ignore[misc, no-any-return]
