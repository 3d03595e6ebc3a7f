"""The bridge: Debian packages as RPMs, where no RPM mirror is in reach."""

from headwater.bridge.run import bridge, update_lock
from headwater.bridge.scripts import maintainer_scripts

__all__ = ["bridge", "maintainer_scripts", "update_lock"]
