"""dnf5 over repositories that a project names: those a version of its distribution draws from, or a layout below an address."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.model import Project
from headwater.config.repos import expand, kinds, named_by
from headwater.config.resources import RepoKind, RpmRepo
from headwater.errors import Failure, Kind, fail
from headwater.suggest import unknown_name
from headwater.toolbox import Toolbox, sandbox

ARCHES = ("x86_64", "aarch64")
BASEARCH = "$basearch"
# What a program in the toolbox needs of this machine to reach a network as this machine does.
NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as dnf5 is told of it."""

    id: str
    url: str
    metalink: bool = False
    key: str = ""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the repositories: for these machines, without those kinds."""

    arches: tuple[str, ...] = ARCHES
    without: frozenset[RepoKind] = frozenset()


def of_version(project: Project, version: str, use: str, scope: Scope) -> list[Source]:
    """What `rpm-build` or `image-build` (`use`) of a version of the project's distribution draws from."""
    if version not in project.distro.versions:
        raise Failure([unknown_name("version", version, project.distro.versions, Kind.USAGE)])
    inputs = project.distro.versions[version].inputs
    chosen = inputs.rpm_build if use == "rpm-build" else inputs.image_build
    repos, kind_of = expand(project.resources), kinds(project.resources)
    ids = [id_ for id_ in named_by(chosen, project.resources) if kind_of[id_] not in scope.without]
    return [source for id_ in ids for source in _each(id_, repos[id_], scope.arches)]


def of_layout(project: Project, prefixes: Sequence[str], template: str, scope: Scope) -> list[Source]:
    """The repositories of a template below each address."""
    known = project.resources.rpm_repo_set_templates
    if template not in known:
        raise Failure([unknown_name("template", template, known, Kind.USAGE)])
    made: list[Source] = []
    for number, prefix in enumerate(prefixes, start=1):
        for sub in known[template].subrepos:
            if sub.kind not in scope.without:
                repo = RpmRepo(base_uri=f"{prefix.rstrip('/')}/{sub.subpath}", disable_gpg_check=True)
                made += _each(f"{sub.name}-{number}" if len(prefixes) > 1 else sub.name, repo, scope.arches)
    return made


def vector(sources: Sequence[Source], words: Sequence[str], toolbox: Toolbox, seen: Collection[Path] = ()) -> list[str]:
    """The command that runs dnf5 in the toolbox over these repositories; `seen` are folders of this machine that it reads."""
    if not sources:
        raise fail(Kind.USAGE, "no repository is left to ask", why="the options leave all of them out", hint="hw config dump")
    told = ["dnf5", "--disablerepo=*", "--refresh", "--setopt=cachedir=/tmp/dnf", "--setopt=logdir=/tmp"]
    for source in sources:
        told += [f"--repofrompath={source.id},{source.url}", f"--enablerepo={source.id}"]
        told.append(f"--setopt={source.id}.skip_if_unavailable=1")
        told += [f"--setopt={source.id}.metalink={source.url}"] if source.metalink else []
        check = [f"--setopt={source.id}.gpgkey={source.key}"] if source.key else []
        told += [*check, f"--setopt={source.id}.gpgcheck={int(bool(source.key))}"]
    binds = [sandbox.Bind(source=Path(path).resolve(), target=path) for path in NETWORK if Path(path).exists()]
    binds += [sandbox.Bind(source=folder) for folder in seen]
    return sandbox.argv(toolbox, [*told, *words], binds=binds, network=True)


def _each(id_: str, repo: RpmRepo, arches: Sequence[str]) -> Iterator[Source]:
    """One source per machine where the address depends on it, else one."""
    url, metalink = repo.base_uri or repo.metalink, bool(repo.metalink)
    wanted = [arch for arch in arches if not repo.arches or arch in repo.arches]
    key = "" if repo.disable_gpg_check else repo.gpg_key
    if BASEARCH not in url:
        yield Source(id=id_, url=url, metalink=metalink, key=key)
        return
    for arch in wanted:
        yield Source(id=f"{id_}-{arch}", url=url.replace(BASEARCH, arch), metalink=metalink, key=key)
