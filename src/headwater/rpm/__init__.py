"""What rpm itself says of specs and packages, always in the toolbox, always in bulk."""

from headwater.rpm.evaluate import evaluate
from headwater.rpm.header import Dependency, FileFlag, Header, PackageFile
from headwater.rpm.package import headers, read_headers

__all__ = ["Dependency", "FileFlag", "Header", "PackageFile", "evaluate", "headers", "read_headers"]
