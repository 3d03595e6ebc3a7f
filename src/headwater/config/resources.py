"""Package repositories that builds and images draw from: single ones, and sets made from a template."""

from enum import Enum

from headwater.config.ground import FileUri, Rule


class RpmRepo(Rule, frozen=True, kw_only=True):
    """One repository: `base-uri` or `metalink`. `gpg-key` is an URI or a path; no `arches` means all."""

    description: str = ""
    type: str = "rpm-md"
    base_uri: str = ""
    metalink: str = ""
    disable_gpg_check: bool = False
    gpg_key: FileUri = ""
    arches: tuple[str, ...] = ()


class RepoKind(Enum):
    BINARY = "binary"
    DEBUG = "debug"
    SOURCE = "source"


class SubRepo(Rule, frozen=True, kw_only=True):
    """One repository of a template: `subpath` is put behind the set's `base-uri`."""

    name: str
    subpath: str
    kind: RepoKind = RepoKind.BINARY


class RpmRepoSetTemplate(Rule, frozen=True, kw_only=True):
    description: str = ""
    subrepos: tuple[SubRepo, ...]


class RpmRepoSet(Rule, frozen=True, kw_only=True):
    """Repositories that lie together: those of the template that `subrepos` names (none named: all)."""

    description: str = ""
    template: str
    base_uri: str
    name_prefix: str = ""
    gpg_key: FileUri = ""
    disable_gpg_check: bool = False
    arches: tuple[str, ...] = ()
    subrepos: tuple[str, ...] = ()


class Resources(Rule, frozen=True, kw_only=True):
    rpm_repos: dict[str, RpmRepo] = {}
    rpm_repo_set_templates: dict[str, RpmRepoSetTemplate] = {}
    rpm_repo_sets: dict[str, RpmRepoSet] = {}
