"""A machine that never comes up: its disk is empty. It is told at once, with a picture of the screen, and nothing hangs."""

import msgspec
import pytest

from headwater.config.images import ImageKind, ImageRule
from headwater.config.policy import Policy
from headwater.errors import Failure, Kind
from headwater.image.model import Artefact, Ids, Image, Root
from headwater.image.screen import PNG
from headwater.image.verbs import check_image

pytestmark = [pytest.mark.toolbox, pytest.mark.guest]


def test_a_disk_that_holds_nothing_to_start(toolbox, store, tmp_path):
    disk = tmp_path / "empty.raw"
    disk.write_bytes(bytes(4 << 20))
    index = store.add_bytes(msgspec.json.encode(Root(entries=(), ids=Ids(users={}, groups={}), epoch=0))).digest
    image = Image(
        name="empty",
        kind="disk",
        key="k",
        artefacts=(Artefact(format="raw", path=disk, digest="sha256:0", size=4 << 20),),
        packages=(),
        seconds=0,
        cached=False,
        index=index,
    )
    rule = ImageRule(name="empty", kind=ImageKind.DISK)
    with pytest.raises(Failure) as failure:
        check_image(image, rule, policy=Policy(), toolbox=toolbox, store=store, log=tmp_path / "empty.console")
    (problem,) = failure.value.problems
    assert problem.kind is Kind.IMAGE
    assert "found nothing on the disk" in problem.what
    assert "BdsDxe" in problem.why, "the console's last words"
    assert str(tmp_path / "empty.png") in problem.why
    assert (tmp_path / "empty.png").read_bytes().startswith(PNG)
    assert (tmp_path / "empty.console").stat().st_size
