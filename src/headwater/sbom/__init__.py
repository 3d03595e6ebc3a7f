"""Image -> bills of materials in two formats, and what refers to a container image at a registry."""

from headwater.sbom.documents import beside, every_sbom, sboms, write_sboms
from headwater.sbom.model import Facts, Headers, Source
from headwater.sbom.referrers import Signed, Unsigned, digests, unsigned, write_referrers

__all__ = [
    "Facts",
    "Headers",
    "Signed",
    "Source",
    "Unsigned",
    "beside",
    "digests",
    "every_sbom",
    "sboms",
    "unsigned",
    "write_referrers",
    "write_sboms",
]
