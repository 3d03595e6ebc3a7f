import stat

import pytest

from headwater.errors import Failure, Kind
from headwater.image.model import Entry
from headwater.image.segments import _placed
from headwater.rpm.model import Rpm

RPM = Rpm(name="x", version="1", release="1", arch="noarch", digest="0" * 64, size=1, origin="built", component="x")


def placed(path, mode=stat.S_IFREG | 0o644):
    return _placed(Entry(path=path, mode=mode), RPM, "p")


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "/usr/../../etc/passwd", "//etc/passwd", "/etc/./x", "/a\0b", "usr/bin/x", ""]
)
def test_paths_that_could_leave_the_root_are_refused(path):
    with pytest.raises(Failure) as failure:
        placed(path)
    assert failure.value.kind is Kind.IMAGE


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_devices_are_refused(kind):
    with pytest.raises(Failure):
        placed("/dev/null", kind | 0o666)


@pytest.mark.parametrize(
    ("path", "real"),
    [("/bin/sh", "/usr/bin/sh"), ("/lib64/ld.so", "/usr/lib64/ld.so"), ("/lib", "/lib"), ("/library/x", "/library/x")],
)
def test_old_places_are_below_usr(path, real):
    assert placed(path).path == real
