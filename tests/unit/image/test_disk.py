import pytest

from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Failure
from headwater.image.disk import Parts, _kernel
from headwater.origin import Origin


def test_every_number_follows_from_the_seed():
    assert Parts.of("a") == Parts.of("a")
    assert Parts.of("a").root != Parts.of("b").root
    assert Parts.of("a").root != Parts.of("a").disk


def test_a_disk_without_kernel_is_told_with_its_line(root, store, tmp_path):
    where = Origin(file="images/vm.toml", line=3)
    rule = ImageRule(name="vm", kind=ImageKind.DISK, where=where)
    with pytest.raises(Failure) as failure:
        _kernel(rule, root, store, tmp_path)
    assert failure.value.problems[0].where == where
