"""Actions on Merkle trees, run here or on a cluster; knows nothing of packages."""

from headwater.engine.action import Action
from headwater.engine.engine import JOBS, Engine, Supply, open_engine
from headwater.engine.follow import Hear
from headwater.engine.model import LIMITS, RESERVED, SAYS, Digest, Directory, File, Limits, Outcome, digest_of_bytes
from headwater.engine.server import Server, Sharing
from headwater.engine.tree import Forest

__all__ = [
    "JOBS",
    "LIMITS",
    "RESERVED",
    "SAYS",
    "Action",
    "Digest",
    "Directory",
    "Engine",
    "File",
    "Forest",
    "Hear",
    "Limits",
    "Outcome",
    "Server",
    "Sharing",
    "Supply",
    "digest_of_bytes",
    "open_engine",
]
