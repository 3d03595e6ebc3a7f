"""Programs compiled for the distroless images run in them: alone, with the C library, over TLS, in C++; nothing else does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.compose import compose_images
from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import NamedPackages
from headwater.image.container import Container, unpacked
from headwater.image.model import Image
from headwater.image.rootfs import compose
from headwater.image.scratch import lay_out
from headwater.image.solve import choose
from headwater.request import open_workshop
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
SOURCES = Path(__file__).parent / "distroless"
IMAGES = ("distroless-static", "distroless-base", "distroless-base-debug", "distroless-cc")
PROGRAMS = {
    "alone": "gcc -static -o alone looks.c",
    "linked": "gcc -o linked looks.c",
    "secure": "gcc -o secure secure.c -lssl -lcrypto",
    "throws": "g++ -o throws throws.cc",
}
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
CERTIFICATES = """
new="openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30"
$new -keyout ca.key -out ca.pem -subj "/CN=A CA of the test"
$new -keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE \\
  -CA ca.pem -CAkey ca.key
"""


@pytest.fixture(scope="session")
def images(asked, repository) -> dict[str, Image]:
    return compose_images(asked, open_workshop(asked), repository, IMAGES)


@pytest.fixture(scope="session")
def programs(repository, toolbox, store, tmp_path_factory) -> Path:
    """A folder with each of PROGRAMS, compiled by the compiler that the distribution is built with."""
    names = ("gcc", "g++", "libc6-dev", "libssl-dev", "bash")
    rule = ImageRule(name="compiler", kind=ImageKind.INITRD, packages=(NamedPackages(names=names, reason="the test compiles"),))
    chosen = choose(rule, repository.channels["base"].packages, toolbox, store)
    root = compose(rule, [each.rpm for each in chosen], toolbox, store).root
    place = tmp_path_factory.mktemp("compiler")
    lay_out({entry.path: entry for entry in root.entries}, place, store)
    for source in SOURCES.iterdir():
        (place / "root" / source.name).write_bytes(source.read_bytes())
    for words in PROGRAMS.values():
        code, said = Container(place, root, None).run(f"cd /root && {words}", 120)
        assert code == 0, said
    return place / "root"


@pytest.fixture(scope="session")
def certificates(toolbox, tmp_path_factory) -> Path:
    """ca.pem, and cert.pem and key.pem of `localhost` that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    sandbox.run(
        toolbox,
        ["sh", "-ec", f"cd /tmp/made\n{CERTIFICATES}"],
        binds=[sandbox.Bind(source=folder, target="/tmp/made", writable=True)],
    )
    return folder


@pytest.fixture
def container(request, images, store, programs) -> Iterator[Container]:
    """The image that the test names, with all programs in its root."""
    with unpacked(images[request.param], store) as opened:
        for name in PROGRAMS:
            (opened.place / name).write_bytes((programs / name).read_bytes())
            (opened.place / name).chmod(0o755)
        yield opened


LOOKED_UP = "15:06 UTC, 20:36 IST; localhost 127.0.0.1; https 443; nonroot"


@pytest.mark.parametrize("container", ["distroless-static", "distroless-base"], indirect=True)
def test_a_static_program_knows_zones_names_ports_and_who_it_is(container):
    assert container.run("/alone", 60, user="nonroot") == (0, LOOKED_UP)


@pytest.mark.parametrize("container", ["distroless-static"], indirect=True)
def test_without_a_loader_no_dynamic_program_starts(container):
    assert not [entry.path for entry in container.root.entries if "/ld" in entry.path or ".so" in entry.path]
    code, said = container.run("/linked", 60)
    assert code != 0
    assert "No such file" in said


@pytest.mark.parametrize("container", ["distroless-base", "distroless-cc"], indirect=True)
def test_a_dynamic_program_finds_all_that_a_static_one_does(container):
    assert container.run("/linked", 60, user="nonroot") == (0, LOOKED_UP)


@pytest.mark.parametrize("container", ["distroless-base"], indirect=True)
def test_tls_trusts_the_bundle_and_nobody_else(container, certificates):
    (container.place / "pair.pem").write_bytes(b"".join((certificates / name).read_bytes() for name in ("cert.pem", "key.pem")))
    code, said = container.run("/secure /pair.pem", 60, user="nonroot")
    assert code == 1
    assert "certificate verify failed" in said
    bundle = container.place / BUNDLE
    bundle.write_bytes(bundle.read_bytes() + (certificates / "ca.pem").read_bytes())
    assert container.run("/secure /pair.pem", 60, user="nonroot") == (0, "TLSv1.3 with localhost")


@pytest.mark.parametrize("container", ["distroless-cc"], indirect=True)
def test_a_program_in_cxx_throws_and_catches(container):
    assert container.run("/throws", 60, user="nonroot") == (0, "caught: thrown")


@pytest.mark.parametrize("container", ["distroless-base"], indirect=True)
def test_the_cxx_library_is_in_cc_alone(container):
    code, said = container.run("/throws", 60)
    assert code == 127
    assert "libstdc++.so.6" in said


@pytest.mark.parametrize("container", ["distroless-base-debug"], indirect=True)
def test_the_debug_twin_has_a_shell_with_tools(container):
    code, said = container.run(
        "/busybox/env PATH=/busybox sh -c '/linked | tr a-z A-Z; nslookup --help 2>&1 | head -1'", 60, user="nonroot"
    )
    assert code == 0
    assert said.startswith(LOOKED_UP.upper())
    assert "BusyBox" in said
