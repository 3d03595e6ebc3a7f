"""What rpm itself says of specs and packages, always in the toolbox, always in bulk."""

from headwater.rpm.autospec import Counted, History, count
from headwater.rpm.evaluate import evaluate, evaluate_each
from headwater.rpm.header import Dependency, FileFlag, Header, PackageFile
from headwater.rpm.package import headers, read_headers, rpm_of
from headwater.rpm.version import overlap

__all__ = [
    "Counted",
    "Dependency",
    "FileFlag",
    "Header",
    "History",
    "PackageFile",
    "count",
    "evaluate",
    "evaluate_each",
    "headers",
    "overlap",
    "read_headers",
    "rpm_of",
]
