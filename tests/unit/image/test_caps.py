import pytest

from headwater.errors import Failure, Kind
from headwater.image import caps


def test_as_the_kernel_keeps_it():
    # what `setcap cap_net_raw=ep` writes: revision 2 with the effective bit, permitted bit 13
    assert caps.encode("cap_net_raw=ep").hex() == "0100000200200000000000000000000000000000"


def test_high_bits_go_to_the_second_words():
    assert caps.encode("cap_perfmon=p").hex() == "0000000200000000000000004000000000000000"


def test_several_in_one_clause():
    assert caps.encode("cap_setuid,cap_setgid=ep") == caps.encode("cap_setgid,cap_setuid+ep")


@pytest.mark.parametrize("text", ["cap_fly=ep", "all", "cap_net_raw"])
def test_others_are_refused(text):
    with pytest.raises(Failure) as failure:
        caps.encode(text)
    assert failure.value.kind is Kind.IMAGE
