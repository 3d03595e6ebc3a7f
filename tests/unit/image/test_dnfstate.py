"""What dnf5 is told of an image's packages, as it reads it."""

import tomllib

from headwater.image.contents import Contents
from headwater.image.dnfstate import FOLDER, PROGRAM, add_state
from headwater.image.index import file_of
from headwater.rpm.model import Rpm


def rpm(name, epoch=0):
    return Rpm(
        name=name, epoch=epoch, version="1", release="2", arch="noarch", digest="0" * 64, size=1, origin="built", component=name
    )


def test_the_asked_and_those_that_came_along(store):
    index = {PROGRAM: file_of(PROGRAM, b"ELF", 0, store, by="dnf5")}
    add_state(index, [rpm("one"), rpm("two", 3)], {"one"}, 0, store)
    with Contents(store) as contents:
        said = {path: tomllib.loads(contents.whole(entry).decode()) for path, entry in index.items() if path != PROGRAM}
    assert said == {
        f"{FOLDER}/packages.toml": {
            "version": "1.0",
            "packages": {"one.noarch": {"reason": "User"}, "two.noarch": {"reason": "Dependency"}},
        },
        f"{FOLDER}/nevras.toml": {
            "version": "1.0",
            "nevras": {"one-1-2.noarch": {"from_repo": "base"}, "two-3:1-2.noarch": {"from_repo": "base"}},
        },
    }


def test_an_image_without_dnf5_is_told_nothing(store):
    index = {}
    add_state(index, [rpm("one")], {"one"}, 0, store)
    assert not index
