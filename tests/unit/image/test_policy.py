"""What becomes of findings: exceptions first, then the image's word, then the project's, then Headwater's."""

import pytest

from headwater.config.images import ImageKind, ImageRule
from headwater.config.policy import Allowed, Demand, Level, Policy
from headwater.errors import Failure, Kind
from headwater.image.findings import Finding
from headwater.image.policy import hold_files, judge
from headwater.origin import Origin

SU = Finding(demand=Demand.SETUID, name="/usr/bin/su", detail="runs as user root", package="util-linux")
OPEN = Finding(demand=Demand.WORLD_WRITABLE, name="/srv", detail="may be written by anybody", package="made:file")
SSH = Finding(demand=Demand.PORTS, name="tcp/22", detail="is open")


def image(policy=Policy()):
    return ImageRule(name="small", kind=ImageKind.OCI, policy=policy)


def allow(demand, *names, key="policy.allow", line=7):
    where = Origin(file="policy.toml", line=line, key=key)
    return Allowed(demand=demand, names=names, reason="because", where=where)


def level(finding, own=Policy(), project=Policy()):
    (one,) = judge([finding], own, project)
    return one.level


def test_the_nearest_word_counts():
    assert level(SU) is Level.WARN
    assert level(OPEN) is Level.ERROR
    assert level(SU, project=Policy(setuid=Level.ERROR)) is Level.ERROR
    assert level(SU, Policy(setuid=Level.ALLOW, reason="x"), Policy(setuid=Level.ERROR)) is Level.ALLOW


def test_exceptions_are_globs_for_one_demand():
    assert level(SU, project=Policy(setuid=Level.ERROR, allow=(allow(Demand.SETUID, "/usr/bin/*"),))) is Level.ALLOW
    assert level(OPEN, project=Policy(allow=(allow(Demand.SETUID, "/srv"),))) is Level.ERROR
    assert level(SSH, project=Policy(ports=Level.ERROR, allow=(allow(Demand.PORTS, "tcp/2*"),))) is Level.ALLOW


def test_all_that_must_not_be_is_told_at_once_with_package_and_line():
    project = Policy(setuid=Level.ERROR, where=Origin(file="policy.toml", line=3, key="policy"))
    with pytest.raises(Failure) as failure:
        hold_files(image(), project, [SU, OPEN])
    first, second = failure.value.problems
    assert (first.kind, first.where) == (Kind.IMAGE, project.where)
    assert "`util-linux`" in first.what
    assert "/srv" in second.what


def test_what_is_warned_of_does_not_stop():
    (warning,) = hold_files(image(), Policy(), [SU])
    assert "/usr/bin/su" in warning.what


def test_an_exception_of_the_images_own_that_allows_nothing_is_out_of_date():
    own = allow(Demand.SETUID, "/usr/bin/sudo", key="images.small.policy.allow", line=9)
    inherited = allow(Demand.SETUID, "/usr/bin/doas", key="images.first.policy.allow")
    ports = allow(Demand.PORTS, "tcp/80", key="images.small.policy.allow")  # nobody asked a machine yet
    with pytest.raises(Failure) as failure:
        hold_files(image(Policy(allow=(own, inherited, ports))), Policy(), [SU])
    (problem,) = failure.value.problems
    assert problem.where == own.where
