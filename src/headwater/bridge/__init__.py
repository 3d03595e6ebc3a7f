"""The bridge: Debian packages as RPMs, where no RPM mirror is in reach."""

from headwater.bridge.run import bridge, update_lock

__all__ = ["bridge", "update_lock"]
