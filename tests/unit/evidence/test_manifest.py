"""The %files entry that fits a path best."""

import pytest

from headwater.evidence.manifest import files_line

SPEC = """%global sover 1
Name: jq
Version: 1.8
%package -n libjq
%package devel
%files
%doc README.md
%license COPYING
%{_bindir}/*
/bin/fjq
%attr(755,root,root) %{_mandir}/man1/jq.1*
%exclude /usr/bin/old
%files -n libjq
%{_libdir}/libjq.so.%{sover}{,.*}
%files devel
%dir %{_includedir}
%{_includedir}/jq
%{_libdir}/libjq.so
%{strange}/thing
"""


@pytest.mark.parametrize(
    ("package", "path", "line"),
    [
        ("jq", "/usr/bin/jq", 9),
        ("jq", "/usr/bin/fjq", 10),
        ("jq", "/usr/share/man/man1/jq.1.gz", 11),
        ("jq", "/usr/share/licenses/jq/COPYING", 8),
        ("jq", "/usr/share/doc/jq/README.md", 7),
        ("jq", "/usr/share/licenses/jq", 8),
        ("libjq", "/usr/lib64/libjq.so.1", 14),
        ("libjq", "/usr/lib64/libjq.so.1.2", 14),
        ("jq-devel", "/usr/include/jq/a/b.h", 17),
        ("jq-devel", "/usr/include", 16),
        ("jq-devel", "/usr/lib/x86_64-linux-gnu/libjq.so", 18),
        ("jq-devel", "/opt/deep/thing", 19),
        ("jq", "/etc/jq", None),
        ("libjq", "/usr/bin/jq", None),
    ],
)
def test_files_line(package: str, path: str, line: int | None) -> None:
    found = files_line(SPEC, package, path)
    assert (found.line if found else None) == line


@pytest.mark.parametrize("text", ["", "%files\n[\n%{", "%files -n\n%attr(\n/usr/[a\n", "%files\n/" + "*a" * 900 + "b\n"])
def test_broken_specs_are_no_trouble(text: str) -> None:
    assert files_line(text, "x", "/usr/x") is None
