"""What repositories, sets of them, and the distributions that draw from them must and must not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from headwater.config import distros as d
from headwater.config import resources as r
from headwater.config import values
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import Rule
from headwater.config.repos import expand_set, named_by

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
INPUTS = (("rpm-build", "rpm_build"), ("image-build", "image_build"))


def repo(rule: r.RpmRepo, findings: Findings) -> None:
    if rule.type not in {"", "rpm-md"}:
        findings.blame(rule, "type", f"`{rule.type}` is no type of a repository", hint="known is `rpm-md`")
    if bool(rule.base_uri) == bool(rule.metalink):
        key, why = ("metalink", "found both") if rule.base_uri else ("", "found none")
        what = "a repository has one of `base-uri` and `metalink`"
        findings.blame(rule, key, what, why=why, hint='base-uri = "https://..."')
    for key, uri in (("base-uri", rule.base_uri), ("metalink", rule.metalink)):
        if uri:
            findings.expect(rule, key, values.bad_uri(uri), f"`{uri}` is no address")
    _key(rule, findings)


def template(rule: r.RpmRepoSetTemplate, findings: Findings) -> None:
    if not rule.subrepos:
        findings.blame(rule, "subrepos", "a template without `subrepos` makes nothing")
    seen: dict[str, r.SubRepo] = {}
    for sub in rule.subrepos:
        if (first := seen.setdefault(sub.name, sub)) is not sub:
            findings.blame(sub, "name", f"`{sub.name}` is there twice", why=f"first at {first.where}")


def subrepo(rule: r.SubRepo, findings: Findings) -> None:
    findings.expect(rule, "name", bad_id(rule.name), f"`{rule.name}` is no name for a repository")
    bad = values.bad_relative(rule.subpath)
    if not bad and re.search(r"[?#]", rule.subpath):
        bad = "`?` and `#` have a meaning in addresses"
    findings.expect(rule, "subpath", bad, f"`{rule.subpath}` is no path below `base-uri`")


def repo_set(rule: r.RpmRepoSet, findings: Findings) -> None:
    findings.expect(rule, "base-uri", values.bad_uri(rule.base_uri), f"`{rule.base_uri}` is no address")
    _key(rule, findings)


def one_input(rule: d.Input, findings: Findings) -> None:
    if bool(rule.repo) == bool(rule.set):
        findings.blame(rule, "set" if rule.repo else "", "an input names one `repo` or one `set`")


def distro(rule: d.Distro, findings: Findings) -> None:
    for key, uri in (("dist-git-base-uri", rule.dist_git_base_uri), ("spec-tree-uri", rule.spec_tree_uri)):
        if uri and re.search(r"\s|\0", uri):
            findings.blame(rule, key, f"`{uri}` is no address")
    if rule.dist_git_base_uri and rule.spec_tree_uri:
        why = "a distribution keeps its packages in one of the two ways"
        findings.blame(rule, "spec-tree-uri", "both `dist-git-base-uri` and `spec-tree-uri` are given", why=why)
    findings.expect(rule, "spec-tree-path", values.bad_relative(rule.spec_tree_path), f"`{rule.spec_tree_path}` is no path")


def resources(rule: r.Resources, findings: Findings) -> None:
    """Names, and what sets say of templates and of one another."""
    named: tuple[tuple[str, dict[str, Any]], ...] = (
        ("rpm-repos", rule.rpm_repos),
        ("rpm-repo-set-templates", rule.rpm_repo_set_templates),
        ("rpm-repo-sets", rule.rpm_repo_sets),
    )
    for _, rules in named:
        for name, each in rules.items():
            findings.expect(each, "", bad_id(name), f"`{name}` is no name for a repository")
    taken: dict[str, Rule] = dict(rule.rpm_repos)
    for name, each in sorted(rule.rpm_repo_sets.items()):
        _template_of(each, rule, findings)
        for made in expand_set(name, rule):
            findings.expect(each, "name-prefix", bad_id(made), f"set `{name}` makes `{made}`, which is no name")
            if (first := taken.setdefault(made, each)) is not each:
                findings.blame(each, "", f"set `{name}` makes `{made}`, which is there already", why=f"first at {first.where}")


def inputs(distros: dict[str, d.Distro], known: r.Resources, findings: Findings) -> None:
    """Every repository that a distribution draws from is there, and drawn from once."""
    made = {id_: name for name in known.rpm_repo_sets for id_ in expand_set(name, known)}
    ids: dict[str, r.RpmRepo | r.RpmRepoSet] = {id_: known.rpm_repo_sets[name] for id_, name in made.items()}
    ids |= known.rpm_repos
    for one in distros.values():
        for version in one.versions.values():
            for key, field in INPUTS:
                chosen = getattr(version.inputs, field)
                _known(chosen, known, ids, findings)
                _once(chosen, known, version.inputs, key, findings)
            for each in version.inputs.rpm_build:
                for id_ in named_by((each,), known):
                    if id_ in ids and _is_local(ids[id_].gpg_key):
                        why = f"`{id_}` has the key `{ids[id_].gpg_key}`, and no build root holds it"
                        findings.blame(each, "", "builds cannot draw from a repository whose key is a local file", why=why)


def bad_id(name: str) -> str:
    if NAME.fullmatch(name):
        return ""
    return "a name begins with a letter or digit and goes on with letters, digits, `_`, `.`, `:`, `-`"


def _key(rule: r.RpmRepo | r.RpmRepoSet, findings: Findings) -> None:
    if not rule.gpg_key:
        if not rule.disable_gpg_check:
            findings.blame(rule, "", "packages would be taken unchecked: `gpg-key` is missing", hint='gpg-key = "..."')
        return
    scheme = urlsplit(rule.gpg_key).scheme
    if scheme not in {"", "http", "https", "file"}:
        findings.blame(rule, "gpg-key", f"`{rule.gpg_key}` is no key", why=f"`{scheme}` is no way to fetch one")


def _is_local(key: str) -> bool:
    return bool(key) and urlsplit(key).scheme in {"", "file"} and PurePosixPath(key).name != ""


def _template_of(rule: r.RpmRepoSet, known: r.Resources, findings: Findings) -> None:
    found = known.rpm_repo_set_templates.get(rule.template)
    if not found:
        hint = did_you_mean(rule.template, known.rpm_repo_set_templates)
        findings.blame(rule, "template", f"no template is called `{rule.template}`", hint=hint)
        return
    names = [sub.name for sub in found.subrepos]
    for name in rule.subrepos:
        if name not in names:
            hint = did_you_mean(name, names)
            findings.blame(rule, "subrepos", f"template `{rule.template}` has no `{name}`", hint=hint)


def _known(chosen: tuple[d.Input, ...], known: r.Resources, ids: dict[str, Any], findings: Findings) -> None:
    for each in chosen:
        if each.repo and each.repo not in ids:
            findings.blame(each, "repo", f"no repository is called `{each.repo}`", hint=did_you_mean(each.repo, ids))
        if each.set and each.set not in known.rpm_repo_sets:
            hint = did_you_mean(each.set, known.rpm_repo_sets)
            findings.blame(each, "set", f"no set of repositories is called `{each.set}`", hint=hint)


def _once(chosen: tuple[d.Input, ...], known: r.Resources, rule: d.Inputs, key: str, findings: Findings) -> None:
    ids = list(named_by(chosen, known))
    for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        findings.blame(rule, key, f"`{id_}` is drawn from twice", why=f"`{key}` names it, or a set that holds it, again")


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((r.RpmRepo,), repo),
    ((r.RpmRepoSetTemplate,), template),
    ((r.SubRepo,), subrepo),
    ((r.RpmRepoSet,), repo_set),
    ((r.Resources,), resources),
    ((d.Input,), one_input),
    ((d.Distro,), distro),
]
