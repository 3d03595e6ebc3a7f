"""What gives secrets away."""

import pytest

from headwater.secret import secret_by_name, secrets_in


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"text\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "holds a private key"),
        (b"key = AKIA" + b"Z" * 16, "holds a token of AWS"),
        (b"ghp_" + b"a" * 36, "holds a token of GitHub"),
        (b"glpat-" + b"a" * 20, "holds a token of GitLab"),
        (b"xoxb-1234567890-" + b"a" * 24, "holds a token of Slack"),
        (b"pypi-AgEIcHlwaS5vcmc" + b"a" * 60, "holds a token of PyPI"),
    ],
)
def test_keys_and_tokens_are_found(content: bytes, found: str) -> None:
    assert secrets_in("/usr/share/x", content) == (found,)


@pytest.mark.parametrize(
    "content",
    [b"it says -----BEGIN PRIVATE KEY----- here", b"-----BEGIN PUBLIC KEY-----\n", b"AKIAIOSFODNN7EXAMPLE", b"ghp_short"],
)
def test_what_only_looks_so_is_not(content: bytes) -> None:
    assert not secrets_in("/usr/share/x", content)


def test_a_path_may_say_it_alone() -> None:
    assert secret_by_name("/etc/ssh/ssh_host_ed25519_key")
    assert not secret_by_name("/etc/ssh/ssh_host_ed25519_key.pub")
    assert secrets_in("/etc/x.gpg", b"\x95\x01")
