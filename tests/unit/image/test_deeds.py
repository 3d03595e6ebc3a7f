"""Scriptlets are read, not run: what stands in them is told by sort, and what nobody knows is told as that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.image.deeds import Deed, deeds_of

HELPER = """#!/bin/sh
set -e
# Automatically added by dh_installsystemd/14.5
if [ "$1" = "configure" ]; then
	deb-systemd-helper unmask a.service >/dev/null || true
	rm -f /whatever
fi
# End automatically added section
# Automatically added by dh_unheard/1
frobnicate
# End automatically added section
exit 0
"""


def test_sections_of_helpers_are_known_by_their_marks_and_not_looked_into():
    assert deeds_of(HELPER) == {Deed.UNITS: ("dh_installsystemd",), Deed.OTHER: ("dh_unheard",)}


@pytest.mark.parametrize(
    ("script", "deeds"),
    [
        ("ldconfig", {Deed.LDCONFIG}),
        ("if [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi", {Deed.LDCONFIG}),
        ("update-alternatives \\\n --install /usr/bin/nc nc /bin/nc.openbsd 50", {Deed.ALTERNATIVES}),
        ('chown root:root "$DPKG_ROOT/etc/sudoers" && chmod 440 /etc/sudoers', {Deed.OWNERS}),
        ("cat <<END > /etc/modules\nrm -rf everything\nEND\n", {Deed.FILES}),
        ("sed -i s/a/b/ /etc/x", {Deed.FILES}),
        ('case "$1" in\n  configure|abort-upgrade)\n    adduser --system x\n  ;;\nesac', {Deed.USERS}),
        ('. /usr/share/debconf/confmodule\ndb_get a/b && md_url="$RET" || :', {Deed.QUESTIONS}),
        ("VALUE=1 LANG=C depmod 6.1", {Deed.MODULES}),
        ("x=$(systemctl is-enabled a)", {Deed.UNITS}),
        ('echo "$(mkdir /a)"', {Deed.FILES}),
        ("unheard --of", {Deed.OTHER}),
        ('"$BASE/bin/tool" --now', {Deed.OTHER}),
        ("if ! setcap cap_net_raw=ep /bin/ping; then echo 'no caps; rm x' >&2; fi", {Deed.OWNERS}),
    ],
)
def test_commands_are_found_where_a_shell_would_run_them(script, deeds):
    assert set(deeds_of(script)) == deeds


@pytest.mark.parametrize(
    "script",
    [
        "",
        "#!/bin/sh\nset -e\nexit 0\n",
        "# rm -rf /\ntrue",
        'echo "ldconfig is not run; neither is rm" >&2',
        "if test -f /etc/x && dpkg --compare-versions \"$2\" lt 1; then\n  printf '%s\\n' 'mv a b'\nfi",
        "own() {\n  return 0\n}\nown now",
        "rm_it=yes; [ $rm_it = yes ]",
        "a=${1#prefix}; grep -q x /etc/y > /dev/null 2>&1",
    ],
)
def test_what_only_reads_decides_or_prints_is_no_deed(script):
    assert deeds_of(script) == {}


def test_a_program_instead_of_a_script_is_one():
    assert deeds_of("#!/sbin/ldconfig\n") == {Deed.LDCONFIG: ("ldconfig",)}


def test_of_another_language_nothing_is_known():
    assert set(deeds_of('#!<lua>\nposix.symlink("a", "b")')) == {Deed.OTHER}
    assert set(deeds_of("#! /usr/bin/perl -w\nexit 0;\n")) == {Deed.OTHER}
    assert deeds_of("#! /bin/bash -e\nexit 0\n") == {}


@given(st.text(alphabet="abrm \n\"'$(){}|;&<>#\\`=", max_size=60))
def test_any_text_is_read_to_its_end(text):
    deeds_of(text)
