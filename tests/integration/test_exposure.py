"""systemd's own count of what services could do, from unit files alone."""

import msgspec
import pytest

from headwater.image.exposure import measure
from headwater.image.index import complete, file_of
from headwater.image.model import Ids, Root

pytestmark = pytest.mark.toolbox
PLAIN = "[Service]\nExecStart=/usr/bin/sleep 1\n"
CLOSED = PLAIN + "DynamicUser=yes\nPrivateNetwork=yes\nProtectSystem=strict\nProtectHome=yes\nCapabilityBoundingSet=\n"


def test_services_are_measured_where_the_root_has_them(toolbox, store):
    units = {"plain.service": PLAIN, "closed.service": CLOSED, "many@.service": PLAIN}
    place = "/usr/lib/systemd/system"
    index = {f"{place}/{name}": file_of(f"{place}/{name}", text.encode(), 0, store, by="test") for name, text in units.items()}
    root = Root(entries=tuple(complete(index, 0).values()), ids=Ids(users={}, groups={}), epoch=0)
    found = measure(["plain.service", "closed.service", "many@1.service", "none.service", "--help"], root, toolbox, store)
    assert set(found) == {"plain.service", "closed.service", "many@1.service"}
    assert 0 <= found["closed.service"] < found["plain.service"] <= 100
    assert measure([], root, toolbox, store) == {}
    assert measure(["plain.service"], msgspec.structs.replace(root, entries=()), toolbox, store) == {}
