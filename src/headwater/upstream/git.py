"""A git repository by its address: read in place where it lies on this machine, else through a cached bare copy.

The copies lie in the store, below `git/`, one for each address. They hold the commits of the branches that were asked for, and
of trees and files only what was read (git calls that a partial clone). A later run fetches what is new.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from headwater.digest import digest_bytes
from headwater.store import Store
from headwater.upstream import objects, transport
from headwater.upstream.address import check_branch, check_url, place_of
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Commit, Folder
from headwater.upstream.transport import Absent, Patience

if TYPE_CHECKING:
    import pygit2

T = TypeVar("T")
WHOLE = 40  # hexadecimal digits of a commit's id
MANY = 4  # folders read one by one before all beside them are fetched at once


class Clones:
    """All repositories of one run: each is asked for news once, however many components lie in it. Safe among threads."""

    def __init__(self, store: Store, *, offline: bool = False, patience: Patience | None = None) -> None:
        self.store, self.offline, self.patience = store, offline, patience or Patience()
        self._known: dict[str, Repository] = {}
        self._lock = threading.Lock()

    def open(self, url: str) -> Repository:
        """The repository at an address (http, https, git, file). Raises Refused for what is no such address."""
        with self._lock:
            if url not in self._known:
                self._known[url] = Repository(check_url(url), self)
            return self._known[url]


class Repository:
    """What can be asked of a repository. Everything here raises Refused where there is no answer."""

    def __init__(self, url: str, clones: Clones) -> None:
        self.url = url
        self._clones = clones
        self._digest = digest_bytes(url.encode())
        here = place_of(url)
        self.here = here is not None
        self.place = here or clones.store.root / "git" / self._digest
        self._lock = threading.RLock()
        # Branch to commit, or to why there is none, as it was found in this run: of heads asked for, of branches fetched.
        self._heads: dict[str, str | Refused] = {}
        self._fetched: dict[str, str | Refused] = {}
        self._wanted: dict[tuple[str, str], int] = {}  # how many folders of a folder of a commit were read
        self._before: dict[tuple[str, float], str] = {}

    def head(self, branch: str) -> str:
        """The commit that a branch (else a tag) points to now; of the server only its list of heads is asked."""
        check_branch(branch)
        if self.here or self._clones.offline:
            return self.refresh(branch)
        with self._lock:
            known = self._fetched.get(branch)
            return known if isinstance(known, str) else _once(self._heads, branch, self._ask)

    def refresh(self, branch: str) -> str:
        """Have all commits of a branch; its head. The server is asked once a run, and not at all offline."""
        check_branch(branch)
        with self._lock:
            return _once(self._fetched, branch, self._refresh)

    def before(self, branch: str, moment: float) -> str:
        """The last first-parent commit of a branch that is not younger than a moment (Unix seconds)."""
        if not self.here:
            self.refresh(branch)

        def ask(repository: pygit2.Repository) -> str:
            return objects.last_before(repository, objects.head_of(repository, check_branch(branch)), moment)

        with self._lock:
            if (branch, moment) not in self._before:
                self._before[branch, moment] = self._read(ask)
            return self._before[branch, moment]

    def is_first_parent(self, commit: str, branch: str) -> bool:
        """Whether a commit (or the beginning of its id) lies on a branch's own line, not only on one that was merged."""
        head, commit = self.refresh(branch), commit.lower()

        def ask(repository: pygit2.Repository) -> bool:
            return any(str(one.id).startswith(commit) for one in objects.first_parents(repository, head))

        return self._read(ask)

    def log(self, start: str, branch: str, until: str = "") -> tuple[Commit, ...]:
        """First-parent commits from `start` back to `until` (which comes last), or to the first of all."""
        self.refresh(branch)
        return self._read(lambda repository: objects.log(repository, start, until))

    def full(self, commit: str, branch: str) -> str:
        """The whole id of a commit that may be given by its first digits; fetched if the branch does not hold it."""

        def ask(repository: pygit2.Repository) -> str:
            return str(objects.commit_of(repository, commit).id)

        if self.here or (self._clones.offline and self.place.is_dir()):
            return self._read(ask)
        try:
            return self._read(ask)
        except Refused:  # there is no copy yet, or the commit is news
            self.refresh(branch)
        return self._read(ask, fetch_missing=len(commit) == WHOLE)

    def whole(self, branch: str) -> Path:
        """The repository's folder on this machine, with every file of a branch's history: for programs that walk through it."""
        head = self.refresh(branch)
        note = self.place / f"whole-{digest_bytes(branch.encode())[:16]}"
        if self.here or (note.is_file() and note.read_text() == head):
            return self.place
        if self._clones.offline:
            raise Refused(f"the history of `{self.url}` is not whole in the copy, and --offline forbids to fetch it")
        with self._lock, self._clones.store.lock(f"git-{self._digest}"), self._prepared():
            transport.fetch_whole(self.place, self.url, f"refs/heads/{branch}", self._clones.patience)
            note.write_text(head)
        return self.place

    def read_tree(self, commit: str, branch: str, path: str = "") -> Folder:
        """A folder of a commit with every file below it; what is not held is fetched.

        Who wants a few of a folder's folders wants most of them: then all are fetched at once.
        """

        def ask(repository: pygit2.Repository) -> Folder:
            tree = objects.tree_at(repository, commit, path)
            whole = str(objects.commit_of(repository, commit).id)
            return Folder(commit=whole, tree=str(tree.id), files=objects.files_of(repository, tree))

        if not self.here:
            self.full(commit, branch)
            self._prefetch(commit, path)
        return self._read(ask, fetch_missing=True)

    def _prefetch(self, commit: str, path: str) -> None:
        above = (commit, posixpath.dirname(path))
        with self._lock:
            self._wanted[above] = self._wanted.get(above, 0) + 1
            if not path or self._clones.offline or self._wanted[above] != MANY:
                return
            lacked = self._read(lambda repository: objects.folders_lacked(repository, *above), fetch_missing=True)
            if lacked:
                self._fetch_objects(lacked, objects.WITH_FILES)

    def _read(self, ask: Callable[[pygit2.Repository], T], *, fetch_missing: bool = False) -> T:
        """An answer out of the objects; those it lacks are fetched one after the other, each with what hangs on it."""
        if not self.here and not self.place.is_dir():
            raise Refused(f"there is no copy of `{self.url}` yet")
        lacked: set[str] = set()
        while True:
            try:
                with objects.reading(self.place) as repository:
                    return ask(repository)
            except objects.Missing as missing:
                if self.here or not fetch_missing or missing.id in lacked:
                    raise
                self._fetch_missing(missing)
                lacked.add(missing.id)

    def _refresh(self, branch: str) -> str:
        if not (self.here or self._clones.offline):
            self._fetch(branch)
        return self._read(lambda repository: objects.head_of(repository, branch))

    def _ask(self, branch: str) -> str:
        names = [f"refs/heads/{branch}", f"refs/tags/{branch}^{{}}", f"refs/tags/{branch}"]
        found = transport.list_heads(self.url, names, self._clones.patience)
        for name in names:
            if name in found:
                return found[name]
        raise Absent(f"it has no branch or tag `{branch}`")

    def _fetch(self, branch: str) -> None:
        with self._clones.store.lock(f"git-{self._digest}"), self._prepared():
            try:
                transport.fetch_branch(self.place, self.url, f"refs/heads/{branch}", self._clones.patience)
            except Absent as absent:
                if "remote ref" not in str(absent):
                    raise
                transport.fetch_branch(self.place, self.url, f"refs/tags/{branch}", self._clones.patience)

    def _fetch_missing(self, missing: objects.Missing) -> None:
        if self._clones.offline:
            raise Refused(f"`{missing.id}` of `{self.url}` is not in the copy, and --offline forbids to fetch it")
        self._fetch_objects([missing.id], missing.leave_out)

    def _fetch_objects(self, ids: Sequence[str], leave_out: str) -> None:
        with self._lock, self._clones.store.lock(f"git-{self._digest}"), self._prepared():
            transport.fetch_objects(self.place, self.url, ids, leave_out, self._clones.patience)

    @contextmanager
    def _prepared(self) -> Iterator[None]:
        """The bare copy is there; one that was made in vain goes again. Under the store's lock."""
        new = not self.place.exists()
        try:
            self._prepare()
            yield
        except BaseException:
            if new:
                shutil.rmtree(self.place, ignore_errors=True)
            raise

    def _prepare(self) -> None:
        """The bare copy, made beside its place; what a git that was killed left in it goes."""
        if not self.place.exists():
            with self._clones.store.scratch("git") as beside, self._clones.store.writing():
                _make_bare(beside / "new", self.url)
                self.place.parent.mkdir(parents=True, exist_ok=True)
                (beside / "new").rename(self.place)
        for left in (*self.place.glob("objects/pack/tmp_*"), *self.place.glob("*.lock"), *self.place.glob("refs/**/*.lock")):
            left.unlink(missing_ok=True)
        os.utime(self.place)


def _once(known: dict[str, str | Refused], branch: str, find: Callable[[str], str]) -> str:
    """What is known of a branch, found out the first time; a no is remembered as a yes is."""
    if branch not in known:
        try:
            known[branch] = find(branch)
        except Refused as refusal:
            known[branch] = refusal
    answer = known[branch]
    if isinstance(answer, Refused):
        raise answer.with_traceback(None)  # it would grow with each of thousands
    return answer


def _make_bare(place: Path, url: str) -> None:
    repository = objects.library().init_repository(str(place), bare=True)
    repository.config["remote.origin.url"] = url
    repository.config["remote.origin.promisor"] = True
    repository.config["remote.origin.partialclonefilter"] = "tree:0"
