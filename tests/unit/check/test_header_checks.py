"""What headers alone tell."""

import stat

import pytest

from headwater.check.header_checks import interpreters, of_files, of_scriptlets, sonames, without_licence
from headwater.rpm import Dependency, FileFlag


@pytest.mark.parametrize(
    ("mode", "more", "check"),
    [
        (0o4755, {}, "setuid"),
        (0o2755, {"group": "mail"}, "setgid"),
        (0o755, {"caps": "cap_net_raw=ep"}, "file-capabilities"),
        (0o666, {}, "world-writable"),
        (0o777, {"kind": stat.S_IFDIR}, "world-writable"),
    ],
)
def test_files_that_give_rights_are_found(file, header, mode, more, check) -> None:
    ((found, name, detail),) = of_files(header(files=(file("/usr/bin/x", mode, **more),)))
    assert (found, name) == (check, "/usr/bin/x")
    assert more.get("group", "") in detail


def test_sticky_directories_links_and_plain_files_give_none(file, header) -> None:
    files = (file("/tmp/x", 0o1777, kind=stat.S_IFDIR), file("/usr/bin/y", 0o777, kind=stat.S_IFLNK), file("/usr/bin/z", 0o755))
    assert not list(of_files(header(files=files)))


def test_a_scriptlet_whose_program_is_not_required_is_found(header) -> None:
    scripts = {"postin": "echo", "preun": "#!/usr/bin/fish\necho", "pretrans": "#!<lua>\nprint()"}
    told = header(scripts=scripts, requires=("/bin/sh",))
    assert interpreters(told) == {"postin": "/bin/sh", "preun": "/usr/bin/fish"}
    assert [one[:2] for one in of_scriptlets(told)] == [("scriptlet-interpreter", "%preun")]


def test_a_licence_may_come_with_a_required_package_of_the_component(file, header) -> None:
    licence = file("/usr/share/licenses/x/COPYING", flags=FileFlag.LICENSE)
    headers = [
        header("x-libs", (licence,)),
        header("x", requires=("x-libs(x86-64)",)),
        header("x-devel", requires=("x",)),
        header("x-doc"),
        header("x-debuginfo"),
        header("x", arch="src"),
    ]
    assert [(one.name, told[0]) for one, told in without_licence(headers)] == [("x-doc", "no-licence-file")]


def test_sonames_are_told_from_other_provides(header) -> None:
    names = ("libjq.so.1()(64bit)", "libsgutils2-1.48.so.2()(64bit)", "jq", "pkgconfig(libjq)", "libold.so.3(V1)(64bit)")
    told = header("x", provides=tuple(Dependency(name, "", "", 0) for name in names))
    assert set(sonames(told)) == {"libjq.so.1", "libsgutils2-1.48.so.2"}
