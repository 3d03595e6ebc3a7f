import subprocess

import pytest

from headwater.config.images import ImageKind, ImageRule, WslRule
from headwater.image.wsl import FIRST_RUN, wsl_files
from headwater.image.wsl_rules import CONF, DISTRIBUTION


def files(wsl=WslRule(), kind=ImageKind.WSL):
    return {made.path: made for made in wsl_files(ImageRule(name="small", kind=kind, wsl=wsl))}


def test_other_kinds_get_none():
    assert files(kind=ImageKind.OCI) == {}


def test_the_distribution_says_no_more_than_it_must():
    expected = "[oobe]\ncommand = /usr/lib/wsl/oobe.sh\ndefaultUid = 1000\ndefaultName = small\n"
    assert files()[DISTRIBUTION].content == expected
    assert files()[CONF].content == "[boot]\nsystemd = true\n"


def test_every_key_is_written():
    wsl = WslRule(
        name="Alki", icon="/usr/lib/wsl/a.ico", shortcut=False, terminal=False, terminal_profile="/usr/lib/wsl/p.json"
    )
    assert files(wsl)[DISTRIBUTION].content.partition("defaultName")[2] == (
        " = Alki\n"
        "\n[shortcut]\nenabled = false\nicon = /usr/lib/wsl/a.ico\n"
        "\n[windowsterminal]\nenabled = false\nprofileTemplate = /usr/lib/wsl/p.json\n"
    )


def test_an_own_command_is_run_instead_of_ours():
    made = files(WslRule(command="/usr/libexec/wsl/first"))
    assert FIRST_RUN not in made
    assert "command = /usr/libexec/wsl/first\n" in (made[DISTRIBUTION].content or "")


def test_units_that_do_harm_are_masked_where_systemd_starts():
    assert files()["/etc/systemd/system/systemd-networkd.service"].link == "/dev/null"
    assert files()["/etc/systemd/user/systemd-tmpfiles-clean.timer"].link == "/dev/null"
    assert not [path for path in files(WslRule(systemd=False)) if path.startswith("/etc/systemd/")]


def test_modes_are_what_wsl_wants():
    made = files()
    assert (made[DISTRIBUTION].mode, made[CONF].mode, made[FIRST_RUN].mode) == ("", "", "755")  # without a word: 644


# the first run, with stand-ins for what changes a system

STAND_INS = {
    "getent": 'grep -q "$2" "$FOLDER/users" 2>/dev/null',
    "useradd": 'case "$*" in *" -- "[a-z]*) echo "$@" >>"$FOLDER/users" ;; *) exit 3 ;; esac',
    "passwd": 'read -r one; test "$one" = good',
    "userdel": 'rm "$FOLDER/users"',
}


def first_run(folder, said, wsl=WslRule(groups=("adm", "users"))):
    for name, body in STAND_INS.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    env = {"PATH": f"{folder}:/usr/bin:/bin", "FOLDER": str(folder)}
    script = files(wsl)[FIRST_RUN].content or ""
    code = subprocess.run(
        ["sh", "-c", script], input=said.encode(), env=env, capture_output=True, check=False, timeout=20
    ).returncode
    users = folder / "users"
    return code, users.read_text().splitlines() if users.exists() else []


@pytest.mark.parametrize(
    ("said", "code", "users"),
    [
        ("robin\ngood\n", 0, 1),
        ("\n-x\nRobin\nrobin\ngood\n", 0, 1),  # asked until the name is one
        ("robin\nbad\ngood\n", 0, 1),
        ("robin\nbad\nbad\nbad\n", 1, 0),  # no password: the user is taken back
        ("robin\n", 1, 0),
        ("", 1, 0),  # the window was closed
    ],
)
def test_the_first_run(said, code, users, tmp_path):
    ended, made = first_run(tmp_path, said)
    assert (ended, len(made)) == (code, users)


def test_the_first_run_makes_the_user_as_the_table_says(tmp_path):
    _, made = first_run(tmp_path, "robin\ngood\n")
    assert made == ["--uid 1000 --user-group --create-home --shell /bin/bash --groups adm,users -- robin"]
    _, made = first_run(tmp_path, "robin\ngood\n")  # again: it is there
    assert len(made) == 1


def test_the_first_run_without_groups(tmp_path):
    _, made = first_run(tmp_path, "robin\ngood\n", WslRule())
    assert "--groups" not in made[0]
