"""Certificates for servers of tests: an authority, a server and a client that it vouches for, and another authority."""

from pathlib import Path

from headwater.toolbox import Toolbox, sandbox

CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
MAKE = f"""
cd /tmp/pki
for ca in ca other; do
  openssl req -x509 {CURVE} -subj "/CN=$ca" -keyout $ca.key -out $ca.pem
done
for who in server client; do
  openssl req {CURVE} -subj "/CN=$who" -keyout $who.key -out $who.csr
  echo "subjectAltName=IP:127.0.0.1" > extra
  openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extra -out $who.pem
done
"""


def make(folder: Path, toolbox: Toolbox) -> None:
    """Files NAME.pem and NAME.key for `ca`, `other`, `server` (of 127.0.0.1) and `client`."""
    folder.mkdir()
    sandbox.run(toolbox, ["sh", "-ec", MAKE], binds=[sandbox.Bind(source=folder, target="/tmp/pki", writable=True)])
