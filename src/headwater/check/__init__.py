"""BuiltPackages -> findings: what built packages are asked, and what becomes of the answers."""

from headwater.check.judge import judge, problems_of
from headwater.check.run import Ground, examine, remember

__all__ = ["Ground", "examine", "judge", "problems_of", "remember"]
