"""Sends a container image to a registry, as the bytes that were composed; skopeo in the toolbox speaks with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from headwater.errors import Kind, fail
from headwater.image.model import Artefact, Image
from headwater.progress import step
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

LAYOUT, AUTH = "/tmp/oci", "/tmp/auth.json"  # noqa: S108 in the sandbox
LIMIT = 3600  # seconds
# github.com/distribution/reference, without a digest: that follows from the image
REFERENCE = re.compile(
    r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?)/"
    r"(?P<path>[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*)(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
)
OF_THE_HOST = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def push(image: Image, to: str, toolbox: Toolbox, *, insecure: bool = False) -> str:
    """Copy an image to `HOST[:PORT]/NAME[:TAG]`; returns `HOST/NAME@sha256:...`, read back from the registry.

    Passwords are those of `podman login`, `docker login` or `$REGISTRY_AUTH_FILE` (containers-auth.json(5)). `insecure` takes
    plain HTTP and unknown certificates. A registry shows the tag only when all layers arrived, so a cut leaves the old image.
    Errors: Failure(USAGE) for what is no reference or no container image, Failure(TOOL) for what the registry says.
    """
    oci, name = _layout(image), _name(image, to)
    whole = f"docker://{name}@{oci.digest}"
    here, there = ("--tls-verify=false", "--dest-tls-verify=false") if insecure else ("--tls-verify", "--dest-tls-verify")
    with step("push", image.name, reason=to):
        _skopeo(
            oci.path, toolbox, to, "copy", "--preserve-digests", "--retry-times=3", there, f"oci:{LAYOUT}", f"docker://{to}"
        )
        _skopeo(oci.path, toolbox, to, "inspect", "--raw", "--retry-times=3", here, whole)
    return whole.removeprefix("docker://")


def _layout(image: Image) -> Artefact:
    for artefact in image.artefacts:
        if artefact.format == "oci":
            return artefact
    why = f"it is of kind `{image.kind}`"
    raise fail(Kind.USAGE, f"image `{image.name}` is no container image", why=why, hint="hw image list")


def _name(image: Image, to: str) -> str:
    """A reference without its tag."""
    found = REFERENCE.fullmatch(to)
    if not found:
        what, why = f"`{to}` is no place in a registry", "expected HOST[:PORT]/NAME[:TAG]"
        raise fail(Kind.USAGE, what, why=why, hint=f"localhost:5000/{image.name}")
    return f"{found['host']}/{found['path']}"


def _skopeo(layout: Path, toolbox: Toolbox, to: str, verb: str, *words: str) -> None:
    passwords = next(_auth_files(), None)
    binds = [sandbox.Bind(source=layout, target=LAYOUT), *_seen_of_the_host()]
    if passwords:
        binds.append(sandbox.Bind(source=passwords, target=AUTH))
        words = (f"--authfile={AUTH}", *words)
    sandbox.run(
        toolbox,
        ["skopeo", "--insecure-policy", verb, *words],  # the policy is about images of others
        binds=binds,
        env={name: os.environ[name] for name in PROXIES if name in os.environ},
        network=True,
        timeout=LIMIT,
        kind=Kind.TOOL,
        what=f"the registry did not take `{to}`",
        hint=f"podman login {to.partition('/')[0]}" if not passwords else "",
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
