"""Bootstrap variants: declared in the spec or in the project, and a build of their own."""

import pytest

from headwater.build.turn import called
from headwater.build.variant import again, variant_of
from headwater.config.model import BootstrapRule, BuildRule
from headwater.digest import digest_bytes
from headwater.render.model import RenderedPackage
from headwater.upstream.model import LooseFile, Pin, SourceTree


def package(spec: str) -> RenderedPackage:
    pin = Pin(kind="local", name="x", digest=digest_bytes(spec.encode()))
    tree = SourceTree(component="x", spec="x.spec", files={"x.spec": LooseFile(content=spec.encode())}, pin=pin)
    return RenderedPackage(component="x", upstream=tree, tree=tree, changes=(), digest=pin.digest)


@pytest.mark.parametrize("line", ["%bcond bootstrap 0", "  %bcond_with bootstrap", "%global a 1\n%bcond  bootstrap %{a}"])
def test_a_switch_of_the_spec_declares_one(line: str) -> None:
    made = variant_of(package(f"{line}\nName: x\n"), BuildRule())
    assert made
    assert (made.component, made.tree.text) == ("x:bootstrap", f"%define _with_bootstrap 1\n{line}\nName: x\n")


@pytest.mark.parametrize("line", ["# %bcond bootstrap 0", "%bcond bootstrapped 0", "%if %{with bootstrap}\n%endif", ""])
def test_what_is_no_such_switch_declares_none(line: str) -> None:
    assert variant_of(package(f"{line}\nName: x\n"), BuildRule()) is None


def test_the_project_says_what_the_variant_has() -> None:
    rule = BootstrapRule(reason="For a start", with_=("small",), without=("docs", "tests"), defines={"a": "1 2"})
    made = variant_of(package("Name: x\n"), BuildRule(bootstrap=rule))
    assert made
    head = "%define _with_small 1\n%define _without_docs 1\n%define _without_tests 1\n%define a 1 2\n"
    assert made.tree.text == f"{head}Name: x\n"


def test_another_turn_is_the_same_under_another_name() -> None:
    first = package("Name: x\n")
    second = again(first, "2")
    assert second.component == called("x", "2") == "x:2"
    assert second.tree == first.tree
