"""What steps of one verb said of themselves while they ran."""

from collections.abc import Iterator
from contextlib import contextmanager

from headwater.progress import Event, also_to


class Heard:
    """Listens to steps of a verb; `reasons` are what they gave when they began."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.reasons: list[str] = []

    def tell(self, event: Event) -> None:
        if event.outcome is None and event.verb == self.verb:
            self.reasons.append(event.reason)


@contextmanager
def hearing(verb: str) -> Iterator[Heard]:
    listener = Heard(verb)
    with also_to(listener):
        yield listener
