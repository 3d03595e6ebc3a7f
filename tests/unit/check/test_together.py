"""Packages beside one another."""

import stat

from headwater.check.together import of_conflicts, of_requirements
from headwater.rpm import Dependency


def test_the_same_path_with_other_content_is_a_conflict_told_at_the_built_one(file, header, rpm) -> None:
    every = {
        rpm("a", "bridge"): header("a", (file("/lib/x", digest="1"), file("/usr/share/same", digest="s"))),
        rpm("b"): header("b", (file("/usr/lib/x", digest="2"), file("/usr/share/same", digest="s"))),
    }
    ((where, told),) = of_conflicts(every)
    assert (where.name, *told[:2]) == ("b", "file-conflict", "/usr/lib/x")


def test_bridged_ones_among_themselves_directories_and_those_kept_apart_are_none(file, header, rpm) -> None:
    one, other = (file("/usr/bin/x", digest=digest) for digest in "12")
    folder = file("/usr/share/x", 0o755, kind=stat.S_IFDIR)
    against = (Dependency("b", "", "", 0),)
    assert not list(of_conflicts({rpm("a", "bridge"): header("a", (one,)), rpm("b", "bridge"): header("b", (other,))}))
    assert not list(of_conflicts({rpm("a"): header("a", (one,), conflicts=against), rpm("b"): header("b", (other,))}))
    assert not list(of_conflicts({rpm("a"): header("a", (folder,)), rpm("b"): header("b", (folder,))}))


def test_modes_and_links_count(file, header, rpm) -> None:
    plain, program = file("/usr/bin/x"), file("/usr/bin/x", 0o755)
    links = [file("/usr/bin/y", 0o777, kind=stat.S_IFLNK, link=target, digest="") for target in "ab"]
    every = {rpm("a"): header("a", (plain, links[0])), rpm("b"): header("b", (program, links[1]))}
    assert [told[1] for _, told in of_conflicts(every)] == ["/usr/bin/x", "/usr/bin/y"]


def test_what_keeps_a_package_from_being_installed_alone(header, rpm) -> None:
    every = {
        rpm("good"): header("good", requires=("base",)),
        rpm("base", "bridge"): header("base"),
        rpm("bad"): header("bad", requires=("libnothing.so.1",)),
        rpm("fish"): header("fish", requires=("/usr/bin/fish",), scripts={"postin": "#!/usr/bin/fish\necho"}),
        rpm("foe"): header("foe", requires=("good",), conflicts=(Dependency("base", "", "", 0),)),
    }
    found = [(one.name, *told[:2]) for one, told in of_requirements(every, [one for one in every if one.origin == "built"])]
    assert found == [
        ("bad", "unmet-dependency", "libnothing.so.1"),
        ("fish", "scriptlet-interpreter", "%post"),
        *[("foe", "not-installable", "foe")] * (len(found) - 2),
    ]
    assert len(found) > 2
