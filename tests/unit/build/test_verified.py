"""Who asks packages for their signature asks each once, and those that did not pass again."""

import pytest
from tests.unit.packages import rpm

from headwater.build.verified import each_once


def test_each_is_asked_once_and_again_only_where_it_did_not_pass() -> None:
    asked: list[list[str]] = []

    def verify(rpms):
        asked.append([one.name for one in rpms])
        if "bad" in asked[-1]:
            raise ValueError("bad")

    check = each_once(verify)
    check([rpm("a"), rpm("b")])
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            check([rpm("b"), rpm("bad"), rpm("c")])
    check([rpm("a"), rpm("c")])
    assert asked == [["a", "b"], ["bad", "c"], ["bad", "c"], ["c"]]
