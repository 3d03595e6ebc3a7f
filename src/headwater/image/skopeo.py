"""The door to registries: skopeo in the toolbox, with the network, the passwords and the trust of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.errors import Kind
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

LAYOUT, AUTH = "/tmp/oci", "/tmp/auth.json"  # noqa: S108 in the sandbox
LIMIT = 3600  # seconds
ABSENT = 2  # how `skopeo inspect` ends where the registry answers, and has no such image (skopeo-inspect(1))
OF_THE_HOST = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a registry: `name` is HOST[:PORT]/PATH. `insecure` takes plain HTTP and unknown certificates."""

    name: str
    insecure: bool
    toolbox: Toolbox

    def send(self, layout: Path, tag: str, source: str = "") -> None:
        """Copy what a layout holds (under the name `source`, if it holds several) with all below it to a tag."""
        whole = f"oci:{LAYOUT}:{source}" if source else f"oci:{LAYOUT}"
        words = ["copy", "--all", "--preserve-digests", "--retry-times=3", f"--dest-tls-verify={self._verify}"]
        self._run([*words, whole, f"docker://{self.name}:{tag}"], layout, tag)

    def fetch(self, layout: Path, tag: str) -> None:
        """Copy a tag with all below it into a layout, under its name."""
        words = ["copy", "--all", "--preserve-digests", "--retry-times=3", f"--src-tls-verify={self._verify}"]
        self._run([*words, f"docker://{self.name}:{tag}", f"oci:{LAYOUT}:{tag}"], layout, tag, writable=True)

    def manifest(self, reference: str) -> bytes:
        """The manifest of `:TAG` or `@DIGEST`; empty where the registry has none."""
        words = ["inspect", "--raw", "--retry-times=3", f"--tls-verify={self._verify}", f"docker://{self.name}{reference}"]
        return self._run(words, None, reference, accept=(0, ABSENT)).stdout

    @property
    def _verify(self) -> str:
        return "false" if self.insecure else "true"

    def _run(
        self, words: Sequence[str], layout: Path | None, to: str, *, writable: bool = False, accept: Sequence[int] = (0,)
    ) -> command.Result:
        passwords = next(_auth_files(), None)
        binds = [*([sandbox.Bind(source=layout, target=LAYOUT, writable=writable)] if layout else []), *_seen_of_the_host()]
        if passwords:
            binds.append(sandbox.Bind(source=passwords, target=AUTH))
            words = [words[0], f"--authfile={AUTH}", *words[1:]]
        return sandbox.run(
            self.toolbox,
            ["skopeo", "--insecure-policy", *words],  # the policy is about images of others
            binds=binds,
            env={name: os.environ[name] for name in PROXIES if name in os.environ},
            network=True,
            timeout=LIMIT,
            accept=accept,
            kind=Kind.TOOL,
            what=f"the registry did not do as asked with `{self.name}`, {to}",
            hint=f"podman login {self.name.partition('/')[0]}" if not passwords else "",
        )


def _auth_files() -> Iterator[Path]:
    """Where containers-auth.json(5) looks for passwords, in its order."""
    run, home = os.environ.get("XDG_RUNTIME_DIR"), Path.home()
    named = os.environ.get("REGISTRY_AUTH_FILE")
    places = [Path(named)] if named else [Path(run) / "containers/auth.json"] if run else []
    for place in (*places, home / ".config/containers/auth.json", home / ".docker/config.json"):
        if place.is_file():
            yield place


def _seen_of_the_host() -> Iterator[sandbox.Bind]:
    """How this machine finds names and whom it trusts."""
    for path in OF_THE_HOST:
        if Path(path).exists():
            yield sandbox.Bind(source=Path(path).resolve(), target=path)
