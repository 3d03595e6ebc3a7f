"""All verbs of the stage: images composed, started, asked for their promises, compared, sent away.

The face of the stage has those alone that compose: loading all others takes longer than composing a small image.
"""

from headwater.image.accounted import Scripts
from headwater.image.boot import boot, login, start
from headwater.image.build import build_image
from headwater.image.check import broken, check_image
from headwater.image.console import open_console
from headwater.image.description import Imported, import_kiwi
from headwater.image.difference import Difference, FileMove, compare_images, content_size, root_of
from headwater.image.drawing import draw, human, share
from headwater.image.extension import solved_with
from headwater.image.findings import findings_of
from headwater.image.kiwi import build_kiwi
from headwater.image.lock import compare, read_lock, with_images, write_lock
from headwater.image.note import NOTE, notes_of, read_note
from headwater.image.order import in_order
from headwater.image.pinned import lock_problems
from headwater.image.place import image_at
from headwater.image.plan import Plan, plan_images
from headwater.image.policy import hold_files
from headwater.image.push import name_of, push, push_referrers
from headwater.image.release import Release, release_image
from headwater.image.reproduce import Reproduction, reproduce
from headwater.image.results import write_results
from headwater.image.rootfs import given_files
from headwater.image.seed import read_keys
from headwater.image.shell import check_shell, open_shell
from headwater.image.solve import choose
from headwater.image.suites import Surroundings, named_tests, run_tests
from headwater.image.updates import versioned
from headwater.image.weight import Weight, by_directory, by_package, gather

__all__ = [
    "NOTE",
    "Difference",
    "FileMove",
    "Imported",
    "Plan",
    "Release",
    "Reproduction",
    "Scripts",
    "Surroundings",
    "Weight",
    "boot",
    "broken",
    "build_image",
    "build_kiwi",
    "by_directory",
    "by_package",
    "check_image",
    "check_shell",
    "choose",
    "compare",
    "compare_images",
    "content_size",
    "draw",
    "findings_of",
    "gather",
    "given_files",
    "hold_files",
    "human",
    "image_at",
    "import_kiwi",
    "in_order",
    "lock_problems",
    "login",
    "name_of",
    "named_tests",
    "notes_of",
    "open_console",
    "open_shell",
    "plan_images",
    "push",
    "push_referrers",
    "read_keys",
    "read_lock",
    "read_note",
    "release_image",
    "reproduce",
    "root_of",
    "run_tests",
    "share",
    "solved_with",
    "start",
    "versioned",
    "with_images",
    "write_lock",
    "write_results",
]
