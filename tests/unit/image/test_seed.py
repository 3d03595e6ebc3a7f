"""Public keys as people have them in files, and what is none."""

import pytest

from headwater.errors import Failure, Kind
from headwater.image.seed import read_keys

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIwYxZ0v0n3m7Xk robin@rock"


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        KEY.rsplit(" ", 1)[0],
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= a comment of words",
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t",
    ],
)
def test_keys_are_read(key, tmp_path):
    (tmp_path / "id.pub").write_text(f"# mine\n{key}\n\n{KEY}\n")
    assert read_keys(tmp_path / "id.pub") == (key, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n",
        f'{KEY}\ncommand="rm -r /" {KEY}\n',
        f"{KEY}\x1b[2J",
    ],
)
def test_what_is_no_key_is_told(text, tmp_path):
    (tmp_path / "id").write_text(text)
    with pytest.raises(Failure) as failure:
        read_keys(tmp_path / "id")
    assert failure.value.kind is Kind.USAGE


def test_a_file_that_is_not_there_and_one_that_is_no_text_are_told(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("nobody", "bytes"):
        with pytest.raises(Failure) as failure:
            read_keys(tmp_path / name)
        assert failure.value.kind is Kind.USAGE
