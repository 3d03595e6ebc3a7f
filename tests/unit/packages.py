"""Packages that tests speak of: small values, with no file behind them."""

from headwater.rpm.model import Rpm


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
