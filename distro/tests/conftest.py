"""Tests of Alki's images get the image's place from `hw image test`."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--image", type=Path, help="the OCI layout, or the disk")


@pytest.fixture
def image(request: pytest.FixtureRequest) -> Path:
    return request.config.getoption("--image")
