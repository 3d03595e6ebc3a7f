"""rpmlint's lines, read."""

from headwater.check.rpmlint import read

SAID = """============ rpmlint session starts ============
rpmlint: 2.8.0
x.x86_64: E: no-group-tag
x.x86_64: W: executable-stack /usr/bin/x y
x.x86_64: E: shell-syntax-error-in-%post
x.spec:48: W: patch-not-applied Patch0: fix.patch
x.spec: W: no-%check-section
x-1.2.noarch: E: zero-perms /usr/share/\x1b[31mred 0
other.x86_64: E: executable-stack /usr/bin/other
 59 packages and 0 specfiles checked; 1 errors, 2 warnings
"""


def test_lines_that_count_are_findings_and_others_are_not() -> None:
    assert sorted(read(SAID, {"x", "x-1.2"})) == [
        ("x", ("rpmlint/executable-stack", "/usr/bin/x", "y")),
        ("x", ("rpmlint/patch-not-applied", "Patch0:", "fix.patch")),
        ("x", ("rpmlint/shell-syntax-error-in", "x", "The installation would fail half way")),
        ("x-1.2", ("rpmlint/zero-perms", "/usr/share/?[31mred", "0")),
    ]
