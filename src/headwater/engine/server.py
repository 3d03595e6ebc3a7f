"""A server elsewhere: its address, what lets us in, and a channel to it. Secrets stay in files and in the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from headwater.errors import Failure, Kind, fail

if TYPE_CHECKING:
    import grpc

SHAPE = "expected grpc://HOST:PORT/INSTANCE, or grpcs:// for TLS; /INSTANCE only where the server has names for it"
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")  # whom Debian trusts; gRPC's own list knows no CA of a company
LARGEST = 1 << 20  # bytes of a certificate, key or token
OPTIONS = [("grpc.max_receive_message_length", 16 << 20)]
ELSEWHERE = [("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 5000)]  # it may be restarted
ALONE = [("grpc.enable_http_proxy", 0)]  # no proxy leads to this machine
HERE = frozenset({"localhost", "127.0.0.1", "::1"})

Vouch = Callable[[bytes], bytes]  # signs a statement
Believe = Callable[[bytes, bytes], bool]  # is it a signature, by somebody whom the project believes, over this statement?


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server of the Remote Execution API at `url`. `table` is what its settings are called, `engine` or `cache`.

    `ca` holds the certificates (PEM) that the server's must come from; without it, whom the system trusts. `certificate` and
    `key` (PEM) are ours, for servers that ask for one. `token_file`, or the environment's variable `token_variable`, holds a
    bearer token; it is read for each call, so that one that expires can be renewed while builds run.
    """

    url: str
    table: str = "engine"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token_file: Path | None = None
    token_variable: str = ""

    @property
    def instance(self) -> str:
        return urlsplit(self.url).path.strip("/") if "://" in self.url else ""

    def setting(self, name: str) -> str:
        """Where a user may say it, for hints: a variable of the environment, or a key of their configuration."""
        variable = f"HEADWATER_{self.table.upper()}{'_' if name != 'url' else ''}{'' if name == 'url' else name.upper()}"
        return f"{variable.replace('-', '_')}, or `{name}` of [{self.table}] in ~/.config/headwater/config.toml"


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """A server that has others' results. With `believe` only signed ones count; `vouch` signs our own."""

    server: Server
    believe: Believe | None = None
    vouch: Vouch | None = None


def check(server: Server) -> None:
    """Raise a Failure where the address or what goes with it can not be meant."""
    try:
        parts = urlsplit(server.url)
        port = parts.port
    except ValueError as error:
        raise fail(Kind.USAGE, f"`{server.url}` is no server", why=str(error), hint=SHAPE) from None
    instance = parts.path.strip("/")
    plain = instance.isascii() and instance.isprintable() and " " not in instance and len(instance) < 200
    if parts.scheme not in {"grpc", "grpcs"} or not parts.hostname or not plain or parts.query or parts.fragment:
        raise fail(Kind.USAGE, f"`{server.url}` is no server", why=SHAPE)
    if parts.username is not None or parts.password is not None:
        raise fail(Kind.USAGE, "a password stands in a URL", why="others see command lines", hint=server.setting("token-file"))
    if port is None and parts.scheme == "grpc":
        raise fail(Kind.USAGE, f"`{server.url}` names no port", why=SHAPE)
    if parts.scheme == "grpc" and (server.token_file or server.token_variable or server.certificate):
        why = "a token or a client certificate is set, and without TLS everybody on the way could read or use it"
        raise fail(Kind.CONFIG, f"`{server.url}` is not encrypted", why=why, hint="grpcs://, or unset what lets you in")
    if bool(server.certificate) != bool(server.key):
        lacking = "key" if server.certificate else "certificate"
        raise fail(Kind.CONFIG, f"a client certificate lacks its {lacking}", why=server.url, hint=server.setting(lacking))


def open_channel(server: Server) -> grpc.Channel:
    """A channel to a server; nothing is asked of it yet. Raises a Failure where a file is not there."""
    import grpc  # noqa: PLC0415 it takes longer to load than a finished world is told in

    check(server)
    parts = urlsplit(server.url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    target = f"{host}:{parts.port or 443}"
    options = [*OPTIONS, *ELSEWHERE, *(ALONE if parts.hostname in HERE else [])]
    if parts.scheme == "grpc":
        return grpc.insecure_channel(target, options=options)
    ca = _read(server, "ca", server.ca) if server.ca else SYSTEM.read_bytes() if SYSTEM.exists() else None
    key, certificate = (
        (_read(server, "key", server.key), _read(server, "certificate", server.certificate))
        if server.key and server.certificate
        else (None, None)
    )
    secret = grpc.ssl_channel_credentials(ca, key, certificate)
    if server.token_file or server.token_variable:
        _token(server)  # once at the beginning, where somebody can be told
        secret = grpc.composite_channel_credentials(secret, grpc.metadata_call_credentials(_bearer(server)))
    return grpc.secure_channel(target, secret, options=options)


def _bearer(server: Server) -> Callable[[Any, Any], None]:
    """What gRPC calls for each call, from a thread of its own."""

    def tell(_: Any, answer: Any) -> None:
        try:
            answer((("authorization", f"Bearer {_token(server)}"),), None)
        except Failure as failure:
            answer((), failure)

    return tell


def _token(server: Server) -> str:
    if server.token_file:
        data = _read(server, "token-file", server.token_file).decode(errors="replace").strip()
        source = f"`{server.token_file}`"
    else:
        data, source = os.environ.get(server.token_variable, "").strip(), f"${server.token_variable}"
    if not data or not data.isascii() or not data.isprintable() or " " in data:
        why = f"{source} holds none: a token is one word"
        raise fail(Kind.CONFIG, f"no token for `{server.url}`", why=why, hint=server.setting("token-file"))
    return data


def _read(server: Server, name: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        why = f"{error.strerror}: {path}"
        raise fail(Kind.CONFIG, f"the {name} for `{server.url}` can not be read", why=why, hint=server.setting(name)) from None
    if len(data) > LARGEST or (name != "token-file" and b"-----BEGIN " not in data):
        why = f"{path} is no PEM file"
        raise fail(Kind.CONFIG, f"the {name} for `{server.url}` can not be used", why=why, hint=server.setting(name))
    return data
