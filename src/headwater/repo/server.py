"""A loopback HTTP server for one repository: for tests, and for systems that boot on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many small files

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the parent's name
        del format, args

    def list_directory(self, path: Any) -> None:
        del path
        self.send_error(404, "no listing")


@contextmanager
def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a folder's files while the block runs, and yield the address (`http://127.0.0.1:PORT`); 0 picks a free port."""
    server = ThreadingHTTPServer((host, port), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="repository", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
