"""Packages and specs that tests and benchmarks speak of: small values, with no file behind them."""

from typing import Any

from headwater.rpm.model import Rpm, SpecFacts, SubPackage


def rpm(name: str, version: str = "1", origin: str = "bridge", *, epoch: int = 0) -> Rpm:
    """A package whose digest is its name and version."""
    return Rpm(
        name=name,
        epoch=epoch,
        version=version,
        release="1",
        arch="x86_64",
        digest=name + version,
        size=1,
        origin=origin,
        component=name,
    )


def spec_facts(name: str, **more: Any) -> SpecFacts:
    """What rpm reads in a spec that says nothing but its name, and `more`."""
    lists = (
        "build_requires",
        "build_conflicts",
        "build_archs",
        "exclusive_archs",
        "exclude_archs",
        "missing",
        "sources",
        "packages",
    )
    said = {"version": "1", "release": "1", "epoch": 0, "licence": "MIT", "summary": "", "url": "", **dict.fromkeys(lists, ())}
    return SpecFacts(name=name, **{**said, **more})


def subpackage(name: str, **more: Any) -> SubPackage:
    """A package of a spec that holds nothing, and `more`."""
    said = {
        "version": "1",
        "release": "1",
        "epoch": 0,
        "arch": "x86_64",
        "licence": "MIT",
        "summary": "",
        "requires": (),
        "provides": (),
    }
    return SubPackage(name=name, **{**said, **more})
