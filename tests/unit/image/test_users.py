import stat

import pytest

from headwater.config.images import UserRule
from headwater.errors import Failure
from headwater.image.model import Entry, Ids
from headwater.image.users import check_owners, numbers, with_passwords


def test_numbers():
    assert numbers("root:x:0:0:root:/root:/bin/sh\nalki:x:1000:1000::/home/alki:/bin/sh\n\n") == {"root": 0, "alki": 1000}


def test_only_declared_passwords_are_set():
    rule = UserRule(name="root", uid=0, password="$y$hash", reason="a test machine")
    assert with_passwords("root:*:1::::::\nalki:!*:1::::::\n", [rule]) == "root:$y$hash:1::::::\nalki:!*:1::::::\n"


def test_an_owner_without_a_number_is_told():
    index = {"/x": Entry(path="/x", mode=stat.S_IFREG, user="ghost", package="one")}
    with pytest.raises(Failure) as failure:
        check_owners(index, Ids(users={"root": 0}, groups={"root": 0}))
    assert "`ghost`" in failure.value.problems[0].what
