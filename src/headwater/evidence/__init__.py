"""What others can verify: why a thing is there, and what an image is made of."""

from headwater.evidence.model import Chain, Link, World
from headwater.evidence.record import finished_world, keep_world, last_world
from headwater.evidence.seal import check_seal, seal
from headwater.evidence.text import as_text
from headwater.evidence.why import why

__all__ = [
    "Chain",
    "Link",
    "World",
    "as_text",
    "check_seal",
    "finished_world",
    "keep_world",
    "last_world",
    "seal",
    "why",
]
