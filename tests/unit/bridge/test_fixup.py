"""Fix-ups: what they make of a package, and that each must bite."""

import pytest

from headwater.bridge.fixup import Mended, Removals, check_bites, matching, mend
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.config.workshop import Fixup
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.toolbox.debian import Deb

DEB = Deb(name="tool", version="1-1", arch="amd64", sha256="ab" * 32, size=1, path="pool/t/tool.deb")
WHERE = Origin(file="bridge.toml", line=7)


def contents() -> Contents:
    kinds = {
        "/etc": "directory",
        "/etc/a.conf": "file",
        "/usr/bin/tool": "file",
        "/usr/share/x/b": "file",
        "/usr/share/x/a": "file",
    }
    entries = {path: Entry(path=path, kind=EntryKind(kind), mode=0o644, mtime=5) for path, kind in kinds.items()}
    fields = {"package": "tool", "version": "1-1", "depends": "libc6, ucf | debconf", "conflicts": "old"}
    return Contents(deb=DEB, fields=fields, conffiles=frozenset({"/etc/a.conf", "/etc/gone"}), entries=entries)


def mended(*fixups: Fixup) -> Mended:
    own = matching("tool", fixups)
    removals = Removals(own)
    held = contents()
    for path in held.entries:
        removals(path)
    return mend(held, own, removals)


def fixup(**fields: object) -> Fixup:
    return Fixup(**({"package": "tool", "reason": "a test", "where": WHERE} | fields))


def test_conffiles_that_are_there_are_configuration() -> None:
    assert [path for path, entry in mended().entries.items() if entry.config] == ["/etc/a.conf"]


def test_everything_a_fixup_can_make() -> None:
    made = mended(
        fixup(
            links={"/usr/bin/t": "tool"},
            files={"/etc/new": "text"},
            copies={"/etc/all": "/usr/share/x/*"},
            directories={"/srv/t": "2775"},
            modes={"/usr/bin/tool": "4755"},
            owners={"/srv/t": "root:mail"},
            capabilities={"/usr/bin/tool": "cap_net_raw=ep"},
            sysusers=("u t -",),
            provides=("t",),
            requires=("x",),
            drop_requires=("ucf",),
            drop_conflicts=("old",),
        )
    )
    entries = made.entries
    assert entries["/usr/bin/t"].target == "tool"
    assert (entries["/etc/new"].config, made.files["/etc/new"]) == (True, "text")
    assert made.copies["/etc/all"] == ("/usr/share/x/a", "/usr/share/x/b")
    assert (entries["/srv/t"].mode, entries["/srv/t"].group) == (0o2775, "mail")
    assert (entries["/usr/bin/tool"].mode, entries["/usr/bin/tool"].capabilities) == (0o4755, "cap_net_raw=ep")
    assert made.files["/usr/lib/sysusers.d/tool-bridge.conf"] == "u t -\n"
    assert {entry.mtime for entry in entries.values()} == {5}
    assert (made.provides, made.requires) == (("t",), ("x",))
    assert (made.drop_requires, made.drop_conflicts) == ({"ucf"}, {"old"})


def test_a_removed_directory_takes_all_below_it() -> None:
    assert "/usr/share/x/a" not in mended(fixup(remove=("/usr/share/x",))).entries


@pytest.mark.parametrize(
    "fields",
    [
        {"remove": ("/usr/share/nothing",)},
        {"modes": {"/usr/bin/none": "0755"}},
        {"owners": {"/usr/bin/none": "root:root"}},
        {"capabilities": {"/usr/bin/none": "cap_chown=ep"}},
        {"copies": {"/etc/x": "/usr/none/*"}},
        {"drop_requires": ("adduser",)},
        {"drop_conflicts": ("adduser",)},
        {"package": "other"},
    ],
)
def test_a_fixup_that_finds_nothing_is_a_problem_with_its_line(fields: dict[str, object]) -> None:
    rule = fixup(**fields)
    with pytest.raises(Failure) as caught:
        check_bites([rule], [mended(rule).bites])
    assert (caught.value.kind, caught.value.problems[0].where) == (Kind.CONFIG, WHERE)


def test_a_glob_needs_one_package_of_all() -> None:
    rule = fixup(package="*", remove=("/usr/share/x/a",))
    check_bites([rule], [mended().bites, mended(rule).bites])
