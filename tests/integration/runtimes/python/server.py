"""Answers GET /BYTES with that size as people say it, by a library from PyPI, and with who it runs as."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import humanize


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said = humanize.naturalsize(int(self.path[1:]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"said": said, "uid": os.getuid()}).encode())


server = HTTPServer(("127.0.0.1", 0), Answer)
sys.stdout.write(f"port {server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
