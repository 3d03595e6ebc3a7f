"""What a killed casd leaves behind, as the kernel tells it."""

from pathlib import Path

from headwater.engine.mounts import mounted_below

TABLE = r"""
36 35 98:0 / /srv/engine/cas/staging/a rw,nosuid shared:1 - fuse /dev/fuse rw
37 36 98:1 / /srv/engine/cas/staging/a/b\040c rw - fuse.other /dev/fuse rw
38 35 98:2 / /srv/engine/disk rw - ext4 /dev/vdb rw
39 35 98:3 / /srv/engineer/a rw - fuse /dev/fuse rw
""".lstrip()


def test_only_what_fuse_mounted_below_the_folder_inner_ones_first():
    found = mounted_below(Path("/srv/engine"), TABLE)
    assert found == ["/srv/engine/cas/staging/a/b c", "/srv/engine/cas/staging/a"]
