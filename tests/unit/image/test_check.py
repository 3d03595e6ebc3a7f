from headwater.config.images import Check
from headwater.errors import Kind, fail
from headwater.image.check import _answer


def check(**more):
    return Check(**{"name": "x", "command": "true", "reason": "test", **more})


def test_code_and_output_must_both_fit():
    assert _answer(check(match="^a"), lambda _: (0, "abc")).passed
    assert not _answer(check(match="^b"), lambda _: (0, "abc")).passed
    assert not _answer(check(code=1), lambda _: (0, "abc")).passed


def test_a_guest_that_fails_keeps_no_promise():
    def ask(_check):
        raise fail(Kind.IMAGE, "the guest is lost", why="panic")

    answer = _answer(check(), ask)
    assert not answer.passed
    assert "panic" in answer.output
