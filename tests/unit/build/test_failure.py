"""A failed build's log: the phase and the telling lines."""

import pytest

from headwater.build.failure import SHOWN, read_log

NOISE = "\n".join(f"+ line {number}" for number in range(300))
LOG = f"""Executing(%prep): /bin/sh -e /var/tmp/rpm-tmp.a
+ cd x
Executing(%build): /bin/sh -e /var/tmp/rpm-tmp.b
{NOISE}
x.c:3:1: error: unknown type name 'foo'
make[1]: Leaving directory '/build/x'
make: *** [Makefile:3: all] Error 2
error: Bad exit status from /var/tmp/rpm-tmp.b (%build)

RPM build errors:
    Bad exit status from /var/tmp/rpm-tmp.b (%build)
"""


def test_the_phase_and_the_cause_are_found() -> None:
    broken = read_log(LOG.encode())
    assert broken.phase == "%build"
    assert "x.c:3:1: error: unknown type name 'foo'" in broken.lines
    assert not any("Leaving" in line for line in broken.lines)
    assert [line for line in broken.lines if line.startswith("+ ")] == ["+ line 299"]
    assert len(broken.lines) <= SHOWN


@pytest.mark.parametrize(
    ("log", "phase"),
    [
        ("error: line 3: Unknown tag: Foo\n", "reading the spec"),
        ("Executing(%check): x\nkilled\n", "%check"),
        ("", "reading the spec"),
        (
            "Executing(%install): x\nProcessing files: x-1\nExecuting(%license): y\nChecking for unpackaged file(s): z\n",
            "%files",
        ),
    ],
)
def test_a_log_that_ends_early_still_names_a_phase(log: str, phase: str) -> None:
    assert read_log(log.encode()).phase == phase


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in "".join(read_log(b"Executing(%build): x\n\x1b[31merror\x1b[0m: \xff\n").lines)
