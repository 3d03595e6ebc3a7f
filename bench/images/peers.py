"""Others that make an image of the same packages: dnf5 with tar and umoci, mkosi, and apko if one is named.

Each is run as its users run it, as root and without network, from our repository on this machine, caches warm. They lie in a
toolbox of their own (`peers.lock`).
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox

WANTED = ("dnf5", "mkosi", "systemd-repart", "systemd-ukify", "systemd-boot-efi", "tar", "umoci", "dosfstools", "mtools",
          "e2fsprogs", "cpio", "zstd", "gpg")  # fmt: skip
WORK, REPOSITORY = "/srv", "/media"  # in the toolbox
DNF5 = """
set -e; cd /srv; rm -rf root oci layer.tar
dnf5 -q -y --installroot=/srv/root --repofrompath=alki,file:///media/base --repo=alki --setopt=install_weak_deps=False \
  --setopt=pkg_gpgcheck=0 --setopt=metadata_expire=never --setopt=cachedir=/var/cache/dnf --releasever=0 install "$@"
tar --sort=name -C root -cf layer.tar .
umoci init --layout oci; umoci new --image oci:1; umoci raw add-layer --image oci:1 layer.tar
"""
MKOSI = """[Distribution]
Distribution=fedora
Release=43
LocalMirror=file:///media/base
RepositoryKeyCheck=no
[Output]
{output}
OutputDirectory=/srv/out
[Content]
Packages={packages}
WithDocs=yes
CleanPackageMetadata=no
{content}
[Build]
SandboxTrees=/srv/pki:/etc/pki
"""
OCI = ("Format=oci", "Bootable=no")
DISK = ("Format=disk", "Bootable=yes\nBootloader=uki\nInitrds={initrd}\n[Output]\nRepartDirectories=/srv/repart.d")
INITRD = """[Output]
Format=cpio
[Content]
MakeInitrd=yes
Bootable=no
Packages={packages}
"""
PARTITIONS = {
    "00-esp.conf": "[Partition]\nType=esp\nFormat=vfat\nCopyFiles=/boot:/\nCopyFiles=/efi:/\nSizeMinBytes=64M\n",
    "10-root.conf": "[Partition]\nType=root\nFormat=ext4\nCopyFiles=/\nMinimize=guess\n",
}


class Peers:
    """Runs them in `work`, on the repository of a project."""

    def __init__(self, repository: Path, work: Path, store: Store) -> None:
        self.repository, self.work = repository, work
        self.toolbox: Toolbox = open_toolbox("forky", WANTED, Path(__file__).with_name("peers.lock"), store)
        keys = work / "pki" / "rpm-gpg"
        keys.mkdir(parents=True)
        shutil.copy(repository / "key.asc", keys / "RPM-GPG-KEY-fedora-43-primary")  # mkosi wants one to be there
        (work / "cache").mkdir()
        (work / "out").mkdir()

    def dnf5(self, packages: Sequence[str]) -> None:
        """An OCI layout in `work`/oci of what dnf5 installs."""
        self._run(["sh", "-c", DNF5, "dnf5", *packages])

    def mkosi(self, packages: Sequence[str]) -> None:
        """An OCI layout in `work`/out."""
        self._mkosi(packages, *OCI)

    def mkosi_disk(self, packages: Sequence[str], initrd: Path | Sequence[str]) -> None:
        """A disk that UEFI starts in `work`/out; its initrd is a file, or made of packages in the same run."""
        (self.work / "repart.d").mkdir(exist_ok=True)
        for name, text in PARTITIONS.items():
            (self.work / "repart.d" / name).write_text(text)
        images = self.work / "mkosi.images"
        shutil.rmtree(images, ignore_errors=True)
        if isinstance(initrd, Path):
            shutil.copy(initrd, self.work / "initrd")
            made = f"{WORK}/initrd"
        else:
            (images / "initrd").mkdir(parents=True)
            (images / "initrd" / "mkosi.conf").write_text(INITRD.format(packages=",".join(initrd)))
            made = "%O/initrd"
        output, content = DISK
        self._mkosi([*packages, "systemd-boot-efi"], output, content.format(initrd=made))  # where mkosi looks for the stub

    def _mkosi(self, packages: Sequence[str], output: str, content: str) -> None:
        (self.work / "mkosi.conf").write_text(MKOSI.format(packages=",".join(packages), output=output, content=content))
        self._run(["mkosi", "--directory", WORK, "--force", "build"])

    def _run(self, words: Sequence[str]) -> None:
        vector = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--cap-add", "ALL", "--unshare-net", "--unshare-pid"]
        vector += ["--ro-bind", str(self.toolbox.root), "/", "--dev", "/dev", "--proc", "/proc"]
        for place in ("/tmp", "/run", "/var/tmp"):  # noqa: S108 in the sandbox
            vector += ["--tmpfs", place]
        vector += ["--ro-bind", str(self.repository), REPOSITORY, "--bind", str(self.work), WORK]
        vector += ["--bind", str(self.work / "cache"), "/var/cache", "--chdir", WORK]
        env = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*vector, *words], env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
