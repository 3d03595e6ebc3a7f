"""Keys and signatures, with the real rpm, sq and Sequoia: what is not exactly what was signed is refused."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from headwater.errors import Failure, Kind
from headwater.rpm.model import Rpm
from headwater.sign import check_bytes, check_file, check_packages, open_key, sign_bytes, sign_file, sign_packages
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = pytest.mark.toolbox
MAGIC = b"\x8e\xad\xe8\x01"  # begins the header of signatures and, last, the package's own


def test_a_key_is_made_once_and_is_private(tmp_path: Path, toolbox: Toolbox) -> None:
    first = open_key(tmp_path / "keys", "Test packages", toolbox)
    assert open_key(tmp_path / "keys", "Another name", toolbox) == first
    assert first.user_id == "Test packages"
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(first.secret.stat().st_mode) == 0o600
    assert (tmp_path / "keys" / ".gitignore").read_text().endswith("*\n")
    assert b"PRIVATE" not in first.public
    assert (tmp_path / "keys" / "public.asc").read_bytes() == first.public


def test_two_processes_at_once_agree_on_a_key(tmp_path: Path, toolbox: Toolbox) -> None:
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: open_key(tmp_path / "keys", "Test packages", toolbox), range(3)))
    assert len({key.fingerprint for key in made}) == 1
    assert len(list((tmp_path / "keys").glob("*.revocation.asc"))) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, toolbox: Toolbox) -> None:
    key = open_key(tmp_path / "keys", "Test packages", toolbox)
    key.secret.chmod(0o644)
    refused(lambda: open_key(tmp_path / "keys", "Test packages", toolbox), str(key.secret))


def test_a_damaged_key_is_refused(tmp_path: Path, toolbox: Toolbox) -> None:
    key = open_key(tmp_path / "keys", "Test packages", toolbox)
    key.secret.write_bytes(b"not a key")
    refused(lambda: open_key(tmp_path / "keys", "Test packages", toolbox), str(key.secret))


def test_signed_packages_pass_and_keep_their_bytes(
    signed: dict[str, Rpm], small_rpms: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store
) -> None:
    check_packages(list(signed.values()), key, toolbox, store)
    assert all(signed[name].payload == rpm.digest != signed[name].digest for name, rpm in small_rpms.items())
    again = sign_packages(list(small_rpms.values()), key, toolbox, store)
    assert again == tuple(signed.values())
    assert sign_packages(again, key, toolbox, store) == again


def test_an_unsigned_package_is_refused_by_name(
    signed: dict[str, Rpm], small_rpms: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store
) -> None:
    refused(lambda: check_packages([signed["alpha"], small_rpms["beta"]], key, toolbox, store), small_rpms["beta"].nevra)


def test_another_key_is_refused(signed: dict[str, Rpm], other_key: Key, toolbox: Toolbox, store: Store) -> None:
    refused(lambda: check_packages([signed["alpha"]], other_key, toolbox, store), signed["alpha"].nevra)


def test_a_package_of_another_key_gets_ours_alone(
    signed: dict[str, Rpm], key: Key, other_key: Key, toolbox: Toolbox, store: Store
) -> None:
    foreign = msgspec.structs.replace(signed["alpha"], payload=signed["alpha"].digest)
    [ours] = sign_packages([foreign], other_key, toolbox, store)
    check_packages([ours], other_key, toolbox, store)
    refused(lambda: check_packages([ours], key, toolbox, store), ours.nevra)


@pytest.mark.parametrize("part", ["signature", "header", "payload"])
def test_a_changed_bit_is_refused(  # noqa: PLR0917 fixtures
    signed: dict[str, Rpm], tamper: Callable[[Rpm, int], Rpm], part: str, key: Key, toolbox: Toolbox, store: Store
) -> None:
    header = store.read(signed["alpha"].digest).rindex(MAGIC)
    changed = tamper(signed["alpha"], {"signature": 200, "header": header + 200, "payload": -1}[part])
    refused(lambda: check_packages([signed["beta"], changed], key, toolbox, store), changed.nevra)


def test_what_is_no_package_is_refused(signed: dict[str, Rpm], key: Key, toolbox: Toolbox, store: Store) -> None:
    junk = msgspec.structs.replace(signed["alpha"], digest=store.add_bytes(b"junk").digest)
    refused(lambda: check_packages([junk], key, toolbox, store), junk.nevra)


def test_a_detached_signature_holds_for_these_bytes_and_this_key(
    tmp_path: Path, key: Key, other_key: Key, toolbox: Toolbox, store: Store
) -> None:
    file = tmp_path / "digests"
    file.write_bytes(b"sha256:1234  image.raw\n")
    signature = sign_file(file, key, toolbox, store)
    assert signature.startswith(b"-----BEGIN PGP SIGNATURE-----")
    assert sign_bytes(file.read_bytes(), key, toolbox, store) == signature
    check_file(file, signature, key)
    refused(lambda: check_file(file, signature, other_key), str(file))
    file.write_bytes(b"sha256:1235  image.raw\n")
    refused(lambda: check_file(file, signature, key), str(file))
    refused(lambda: check_bytes(b"", b"", key, "nothing"), "nothing")


def refused(call: Callable[[], object], named: str) -> None:
    with pytest.raises(Failure) as caught:
        call()
    [problem] = caught.value.problems
    assert problem.kind is Kind.SIGNATURE
    assert f"`{named}`" in problem.what
    assert problem.hint
