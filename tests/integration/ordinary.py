"""A person of this machine who is not root: no folder of root's is open to him, and what he may give away is as a test says."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from headwater import command
from headwater.toolbox import Toolbox

USER, NAME = 12345, "somebody"
ROOT = Path(__file__).parents[2]
OURS = {
    "python": Path(sys.base_prefix),
    "packages": Path(pytest.__file__).parents[1],
    "src": ROOT / "src",
    "tests": ROOT / "tests",
}
# his view of the machine: what lies in folders of root's is also in his, and /etc is a copy that knows him
VIEW = """
place=$1; given=$2; shift 2
cp -a /etc "$place/etc"
for file in subuid subgid; do echo "$given" >"$place/etc/$file"; done
echo "NAME:x:USER:USER::/nonexistent:/bin/sh" >>"$place/etc/passwd"
mount --bind "$place/etc" /etc
exec "$@"
""".replace("NAME", NAME).replace("USER", str(USER))


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """Who he is: `place` is a folder that he reaches, where he sees `toolbox` under this name, and has an empty `store`."""

    place: Path
    toolbox: Toolbox

    def run(self, script: str, *words: str | Path, stdin: bytes = b"", given: str = "") -> command.Result:
        """Run Python as him; `given` is his line of subuid(5) and subgid(5)."""
        binds = {**OURS, "toolbox": self.toolbox.root}
        mounts = "\n".join(f'mount --bind "{source}" "{self.place / name}"' for name, source in binds.items())
        vector = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f"{mounts}\n{VIEW}", "sh", self.place, given]
        vector += ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        environment = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONHOME": str(self.place / "python"),
            "LD_LIBRARY_PATH": str(self.place / "python/lib"),
            "PYTHONPATH": os.pathsep.join(str(self.place / name) for name in ("src", ".", "packages")),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        vector += [self.place / "python/bin/python3", "-c", script, *words]
        try:
            return command.run(vector, env=environment, cwd=self.place, stdin=stdin)
        finally:
            shutil.rmtree(self.place / "etc")


@contextmanager
def somebody(toolbox: Toolbox) -> Iterator[Somebody]:
    place = Path(tempfile.mkdtemp(prefix="headwater-user-"))
    place.chmod(0o755)
    try:
        for name in ("store", "toolbox", *OURS):
            (place / name).mkdir()
        os.chown(place / "store", USER, USER)
        yield Somebody(place=place, toolbox=toolbox)
    finally:
        shutil.rmtree(place)
