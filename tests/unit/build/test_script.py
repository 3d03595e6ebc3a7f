"""The script of an action: its limits, its words, and what bash thinks of it."""

import re
import subprocess

from headwater.build.script import FOLDERS, OUTPUTS, SCRIPT, WRITABLE, write_script
from headwater.config.model import BuildRule


def test_limits_are_a_rules() -> None:
    text = write_script(["rpmbuild"], BuildRule(memory=100, disk=50, timeout=7, processes=33, log=3))
    assert re.search(r"ulimit .* -v 102400 -f 51200 -u 33 -t 14 ", text)
    assert "ulimit -f 3072;" in text
    assert "sum >> 20 <= 50" in text


def test_foreign_words_stay_words() -> None:
    text = write_script(["rpmbuild", "/build/SPECS/a b;@LIMITS@$(c).spec"], BuildRule())
    assert "rpmbuild '/build/SPECS/a b;@LIMITS@$(c).spec'\n" in text


def test_nothing_is_left_to_fill_in_and_bash_can_read_it() -> None:
    text = write_script(["true"], BuildRule())
    assert not re.search(r"@[A-Z]+@", text)
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)


def test_a_build_can_not_write_where_its_script_lies() -> None:
    assert not any(SCRIPT.startswith(f"{place}/") for place in WRITABLE)
    assert set(OUTPUTS) < set(FOLDERS)
