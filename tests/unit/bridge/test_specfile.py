"""The spec of a bridged package: everything of the .deb in it, and nothing expanded that came from outside."""

import pytest

from headwater.bridge.fixup import Removals, check_bites, mend
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.bridge.specfile import write_spec
from headwater.config.workshop import Fixup, Trigger
from headwater.errors import Failure
from headwater.toolbox.debian import Deb

DEB = Deb(name="tool", version="1:2-3", arch="amd64", sha256="ab" * 32, size=1, path="pool/t/tool.deb")
FIELDS = {
    "package": "tool",
    "version": "1:2-3",
    "source": "tools (9-1)",
    "depends": "libc6 (>= 2.38), debconf | debconf-2.0, x | y",
    "breaks": "old (<< 2), bad",
    "provides": "thing (= 4-1)",
    "homepage": "https://example.org/%{x}",
    "description": "a tool %{lua:x}\n%files\n.\n 100% sure",
}


def entry(path: str, kind: EntryKind = EntryKind.FILE, **fields: object) -> Entry:
    return Entry(**({"path": path, "kind": kind, "mode": 0o644, "mtime": 77} | fields))


def spec(*entries: Entry, fixups: tuple[Fixup, ...] = ()) -> list[str]:
    contents = Contents(deb=DEB, fields=FIELDS, conffiles=frozenset(), entries={one.path: one for one in entries})
    mended = mend(contents, fixups, Removals(fixups))
    return write_spec(contents, mended, "/mnt/tool", frozenset({"debconf", "debconf-2.0"})).splitlines()


def test_source_and_package_have_their_own_versions() -> None:
    lines = spec(entry("/usr/bin/tool"))
    at = lines.index("%package -n tool")
    assert lines[1:4] == ["Name: tools", "Version: 9", "Release: 1^bridge"]
    assert lines[at + 1 : at + 4] == ["Epoch: 1", "Version: 2", "Release: 3^bridge"]
    assert lines[0] == '%{lua:posix.setenv("SOURCE_DATE_EPOCH", "77")}'


def test_dependencies() -> None:
    lines = spec(fixups=(Fixup(package="tool", reason="a test", provides=("tool-devel", "abi(x) = 1"), requires=("z",)),))
    assert [line for line in lines if line.startswith(("Requires", "Conflicts", "Provides"))] == [
        "Provides: thing = 4-1^bridge",
        "Provides: tool-devel = 2-3^bridge",
        "Provides: abi(x) = 1",
        f"Provides: headwater(deb) = {DEB.sha256}",
        "Requires: libc6 >= 2.38-0",
        "Requires: (x or y)",
        "Requires: z",
        "Conflicts: bad",
    ]


def test_nothing_from_outside_is_expanded_or_begins_a_section() -> None:
    lines = spec(entry("/usr/share/%{x}"))
    assert "Summary: a tool %%{lua:x}" in lines
    assert "URL: https://example.org/%%{x}" in lines
    assert " %%files" in lines
    assert lines[-1] == '%attr(0644, root, root) "/usr/share/%%{x}"'
    assert sum(line.startswith("%files") for line in lines) == 1


def test_each_kind_of_entry() -> None:
    lines = spec(
        entry("/usr/bin/[", mode=0o4755, capabilities="cap_net_raw=ep"),
        entry("/usr/lib/a b\\x2d", EntryKind.DIRECTORY, mode=0o750, group="shadow"),
        entry("/usr/lib/l", EntryKind.LINK, target="x"),
        entry("/usr/share/doc/tool/copyright"),
        entry("/etc/x", config=True),
    )
    assert lines[lines.index("%files -n tool") + 1 :] == [
        '%attr(0644, root, root) %config(noreplace) "/etc/x"',
        '%attr(4755, root, root) %caps(cap_net_raw=ep) "/usr/bin/["',
        '%attr(0750, root, shadow) %dir "/usr/lib/a b\\\\x2d"',
        '%attr(-, root, root) "/usr/lib/l"',
        '%attr(0644, root, root) %license "/usr/share/doc/tool/copyright"',
    ]


def test_a_trigger_runs_a_program_of_the_package() -> None:
    trigger = Trigger(program="/usr/bin/tool", below=("/usr/lib64", "/opt"))
    fixups = (Fixup(package="tool", reason="a test", triggers=(trigger,)),)
    lines = spec(entry("/usr/bin/tool"), fixups=fixups)
    for moment in ("in", "postun"):
        at = lines.index(f"%transfiletrigger{moment} -n tool -P 2000000 -p <lua> -- /usr/lib64 /opt")
        assert lines[at + 1] == 'assert(rpm.execute("/usr/bin/tool"))'
    contents = Contents(deb=DEB, fields=FIELDS, conffiles=frozenset(), entries={})
    with pytest.raises(Failure, match="changes nothing"):
        check_bites(fixups, [mend(contents, fixups, Removals(fixups)).bites])
