"""For processes that a test starts and interrupts."""

import signal


def heed_ctrl_c() -> None:
    """Jobs that a shell starts in the background ignore Ctrl-C, and so would all they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
