"""Work that ended is told once; Ctrl-C while somebody waits for it holds up nobody."""

import signal
import threading
from concurrent.futures import Future

import pytest

from headwater.build.ended import Ended


def test_what_has_ended_is_told_once():
    ended, futures = Ended(), [Future() for _ in range(3)]
    for future in futures:
        ended.expect(future)
    assert ended.take(wait=False) == set()
    futures[1].set_result(1)
    futures[0].set_exception(ValueError())
    assert ended.take(wait=True) == set(futures[:2])
    assert futures[2].cancel()
    assert ended.take(wait=False) == {futures[2]}
    assert ended.take(wait=False) == set()


def test_who_waits_is_woken():
    ended, future = Ended(), Future()
    ended.expect(future)
    threading.Timer(0.05, future.set_result, [1]).start()
    assert ended.take(wait=True) == {future}


@pytest.fixture
def alarm():
    """SIGALRM as Ctrl-C."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_ctrl_c_at_any_moment_leaves_no_thread_waiting_for_a_lock(alarm):
    """With `concurrent.futures.wait` one in some thirty rounds did."""
    for microseconds in range(1, 200):
        ended, future = Ended(), Future()
        ended.expect(future)
        with pytest.raises(KeyboardInterrupt):
            wait_until_stopped(ended, lambda at=microseconds % 60 + 1: alarm(at / 1e6))
        worker = threading.Thread(target=future.set_result, args=(1,), daemon=True)
        worker.start()
        worker.join(20)
        assert not worker.is_alive()


def wait_until_stopped(ended, set_alarm):
    set_alarm()
    ended.take(wait=True)
