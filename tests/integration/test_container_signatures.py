"""Signatures of container images: the same whenever each text is known, made once, and checked by openssl."""

from pathlib import Path

import pytest

from headwater.sign import open_image_key, payload, sign_payloads, signing
from headwater.sign.model import ImageKey
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

pytestmark = pytest.mark.toolbox
FIRST, SECOND, THIRD = (payload(f"sha256:{letter * 64}", "alki/small") for letter in "abc")


@pytest.fixture
def key(tmp_path: Path, toolbox: Toolbox) -> ImageKey:
    return open_image_key(tmp_path / "keys", toolbox)


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_openssl_believes_them(key: ImageKey, toolbox: Toolbox, empty: Store, tmp_path: Path) -> None:
    (signature,) = sign_payloads([FIRST], key, toolbox, empty)
    for name, content in {"text": FIRST, "other": SECOND, "sig": signature, "key": key.public}.items():
        (tmp_path / name).write_bytes(content)
    words = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key", "-sigfile", "sig", "-in"]
    binds = [sandbox.Bind(source=tmp_path, target="/tmp/here")]
    for text, code in (("text", 0), ("other", 1)):
        sandbox.run(toolbox, [*words, text], binds=binds, cwd="/tmp/here", accept=[code])


@pytest.mark.parametrize("first", [(), (FIRST,), (THIRD,), (FIRST, SECOND)])
def test_they_are_the_same_whatever_is_known_first(
    first: tuple[bytes, ...], key: ImageKey, toolbox: Toolbox, empty: Store, tmp_path: Path
) -> None:
    expected = sign_payloads([FIRST, SECOND, FIRST, THIRD], key, toolbox, Store(tmp_path / "other"))
    with signing(key, toolbox, empty) as signer:
        signer.begin(first)
        assert [*signer.signatures([FIRST, SECOND]), *signer.signatures([FIRST, THIRD])] == expected


def test_one_sandbox_signs_for_many(key: ImageKey, toolbox: Toolbox, empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made, begun = [], sandbox.begun
    monkeypatch.setattr(sandbox, "begun", lambda *args, **more: made.append(args) or begun(*args, **more))
    with signing(key, toolbox, empty) as signer:
        for text in (FIRST, SECOND, THIRD):
            signer.begin([text])
        assert len({signer.signatures([text])[0] for text in (THIRD, FIRST, SECOND)}) == 3
    assert len(made) == 1


def test_what_is_signed_starts_nothing(key: ImageKey, toolbox: Toolbox, empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sign_payloads([FIRST, SECOND], key, toolbox, empty)
    monkeypatch.setattr(sandbox, "begun", lambda *_, **__: pytest.fail("a sandbox was made"))
    with signing(key, toolbox, empty) as signer:
        signer.begin([FIRST])
        assert signer.signatures([FIRST, SECOND]) == before


def test_who_asks_for_none_after_all_leaves_nothing(key: ImageKey, toolbox: Toolbox, empty: Store) -> None:
    with signing(key, toolbox, empty) as signer:
        signer.begin([FIRST])
    assert not list((empty.root / "tmp").iterdir())
    assert not (empty.root / "results").exists()
