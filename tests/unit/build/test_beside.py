"""What holds a test of packages lies beside the root that is tested, and takes nothing from there."""

import re
import subprocess

import pytest

from headwater.build import beside
from headwater.build.beside import COMMAND, Fence, hold
from headwater.build.buildroot import Entry
from headwater.config.model import BuildRule
from headwater.engine import Digest, File, Forest, digest_of_bytes
from headwater.errors import Failure, Kind

PROGRAM, LIBRARY = File(digest_of_bytes(b"program"), executable=True), File(digest_of_bytes(b"library"))


def a_root(forest: Forest, *more: tuple[str, Entry]) -> Digest:
    usual = [(f"usr/bin/{name}", PROGRAM) for name in beside.PROGRAMS if name != "ldconfig"]
    return forest.plant([*usual, ("usr/sbin/ldconfig", PROGRAM), (f"usr/lib64/{beside.LOADER}", LIBRARY), *more])


def programs_of(root: Digest, forest: Forest) -> Digest:
    return forest.plant([*beside._programs(root, forest), *beside._libraries(root, forest)])


def held(root: Digest, forest: Forest, command: str = "true") -> tuple[Digest, str]:
    """The root with its fence, and the script."""
    fence = Fence(packages=(), programs=programs_of(a_root(forest), forest))
    words = ("/bin/sh", "-eu", COMMAND)
    found, made = hold(root, fence, forest, command=command, words=words, rule=BuildRule(log=3), writable=["/test"])
    file = forest.lookup(found, beside.SCRIPT)
    assert isinstance(file, File)
    script = made.content[file.digest]
    assert isinstance(script, bytes)
    return found, script.decode()


def test_a_library_is_that_of_the_multiarch_folder_and_no_link_leads_out() -> None:
    forest, other = Forest(), File(digest_of_bytes(b"other"))
    places = [("usr/lib64/libx.so.1", LIBRARY), ("usr/lib/x86_64-linux-gnu/libx.so.1", other)]
    links = [("usr/lib64/liby.so", "libx.so.1"), ("usr/lib64/libz.so", "/usr/lib/libz.so"), ("usr/lib64/deep/liba.so", LIBRARY)]
    programs = programs_of(a_root(forest, *places, *links), forest)
    assert {path for path, _ in forest.walk(programs) if path.startswith("lib/")} == {
        f"lib/{beside.LOADER}",
        "lib/libx.so.1",
        "lib/liby.so",
    }
    assert forest.lookup(programs, "lib/libx.so.1") == other


def test_a_program_that_no_build_root_has_is_named() -> None:
    forest = Forest()
    with pytest.raises(Failure) as raised:
        programs_of(forest.plant([("usr/bin/bash", PROGRAM)]), forest)
    assert raised.value.kind is Kind.BUILD
    assert "`cat`" in raised.value.problems[0].what


def test_what_a_package_has_in_the_fences_place_is_gone() -> None:
    forest = Forest()
    for there in (("fence/lib/glibc-hwcaps/x86-64-v2/libc.so.6", LIBRARY), ("fence", LIBRARY), ("fence", "usr/bin")):
        found, _ = held(forest.plant([("usr/bin/sh", PROGRAM), there]), forest)
        assert forest.lookup(found, "fence/lib/glibc-hwcaps") is None
        assert forest.lookup(found, "fence/bin/setpriv") == PROGRAM
        assert forest.lookup(found, "usr/bin/sh") == PROGRAM


def test_the_script_starts_every_program_by_its_own_loader() -> None:
    forest = Forest()
    _, script = held(a_root(forest), forest)
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)
    assert not re.search(r"@[A-Z]+@", script)
    names = "|".join({*beside.PROGRAMS} - {"env", "bash", "ldconfig"})
    code = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith(("#", "refuse", "said=")))
    assert not re.findall(rf"(?:^|[(;|]|exec|then|if) *({names}) ", code, re.MULTILINE)
    assert f'--library-path /fence/lib /fence/bin/setpriv "${{walls[@]}}" /fence/lib/{beside.LOADER}' in script


def test_only_what_is_said_can_be_written_and_the_fence_never() -> None:
    forest = Forest()
    _, script = held(a_root(forest), forest)
    assert re.findall(r"--landlock-rule path-beneath:[\w,-]+:(\S+?)[)\s]", script) == ["/test"]


def test_a_command_is_a_file_and_no_word_of_the_script() -> None:
    forest = Forest()
    found, script = held(a_root(forest), forest, "echo @LIMITS@ $(evil)")
    assert "evil" not in script
    assert forest.lookup(found, COMMAND) == File(digest_of_bytes(b"echo @LIMITS@ $(evil)\n"))
