"""Repository sets as the single repositories they stand for, and what a version of a distribution draws from."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.config.distros import Input
from headwater.config.resources import RepoKind, Resources, RpmRepo, RpmRepoSet, SubRepo


def expand(resources: Resources) -> dict[str, RpmRepo]:
    """All repositories by id: the single ones, then those of each set (prefix + name of the template's entry)."""
    found = dict(resources.rpm_repos)
    for name in sorted(resources.rpm_repo_sets):
        found.update(expand_set(name, resources))
    return found


def expand_set(name: str, resources: Resources) -> dict[str, RpmRepo]:
    """The repositories of one set, in the order of its template."""
    rule = resources.rpm_repo_sets[name]
    return {rule.name_prefix + sub.name: _repo(rule, sub) for sub in _chosen(rule, resources)}


def kinds(resources: Resources) -> dict[str, RepoKind]:
    """What each repository holds, by id; single ones hold binary packages."""
    found = dict.fromkeys(resources.rpm_repos, RepoKind.BINARY)
    for rule in resources.rpm_repo_sets.values():
        found |= {rule.name_prefix + sub.name: sub.kind for sub in _chosen(rule, resources)}
    return found


def named_by(inputs: tuple[Input, ...], resources: Resources) -> Iterator[str]:
    """The ids of repositories that inputs mean, in order; a set that is not there means none."""
    for each in inputs:
        if each.repo:
            yield each.repo
        elif each.set in resources.rpm_repo_sets:
            yield from expand_set(each.set, resources)


def _chosen(rule: RpmRepoSet, resources: Resources) -> Iterator[SubRepo]:
    template = resources.rpm_repo_set_templates.get(rule.template)
    for sub in template.subrepos if template else ():
        if not rule.subrepos or sub.name in rule.subrepos:
            yield sub


def _repo(rule: RpmRepoSet, sub: SubRepo) -> RpmRepo:
    return RpmRepo(
        description=rule.description,
        base_uri=f"{rule.base_uri.rstrip('/')}/{sub.subpath.strip('/')}",
        disable_gpg_check=rule.disable_gpg_check,
        gpg_key=rule.gpg_key,
        arches=rule.arches,
        where=rule.where,
    )
