"""What one component's packages are asked: headers, contents, licences, rpmlint, libraries against those before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headwater.build.model import BuiltPackage
from headwater.check import header_checks, licence_checks
from headwater.check.abi import of_libraries
from headwater.check.contents import look_into, of_contents
from headwater.check.header_checks import Told
from headwater.check.model import Finding
from headwater.check.rpmlint import lint
from headwater.rpm import Header, headers
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox


def ask(one: BuiltPackage, toolbox: Toolbox, store: Store) -> Iterator[Finding]:
    """Everything that is found in the packages themselves."""
    return _findings(one, _ask(one, toolbox, store))


def compare(one: BuiltPackage, before: tuple[Rpm, ...], toolbox: Toolbox, store: Store) -> Iterator[Finding]:
    """What became of the libraries of the packages published `before`."""
    then, now = (dict(zip(rpms, headers(rpms, toolbox, store), strict=True)) for rpms in (before, one.rpms))
    return _findings(one, of_libraries(then, now, toolbox, store))


def _findings(one: BuiltPackage, found: Iterable[tuple[str, Told]]) -> Iterator[Finding]:
    for package, (check, name, detail) in dict.fromkeys(found):
        yield Finding(component=one.component, package=package, check=check, name=name, detail=detail)


def _ask(one: BuiltPackage, toolbox: Toolbox, store: Store) -> Iterator[tuple[str, Told]]:
    known = dict(zip(one.rpms, headers(one.rpms, toolbox, store), strict=True))
    binary = {rpm: header for rpm, header in known.items() if rpm.arch != "src"}
    for header in binary.values():
        yield from ((header.name, told) for told in (*header_checks.of_files(header), *header_checks.of_scriptlets(header)))
    yield from _of_contents(binary, toolbox, store)
    yield from lint(one.rpms, toolbox, store)


def _of_contents(known: dict[Rpm, Header], toolbox: Toolbox, store: Store) -> Iterator[tuple[str, Told]]:
    looks = [(known[rpm], look) for rpm, look in look_into(known, toolbox, store).items()]
    for header, look in looks:
        yield from ((header.name, told) for told in of_contents(header, look))
    texts = {header.name: look.texts for header, look in looks}
    for header, told in (
        *header_checks.without_licence(list(known.values())),
        *licence_checks.of_tags(list(known.values())),
        *licence_checks.of_texts(list(known.values()), texts),
    ):
        yield header.name, told
