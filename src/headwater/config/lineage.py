"""Images that begin with another one: `from` in `[images.NAME]` is resolved here, so that everybody else sees whole images."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.config.findings import Findings, did_you_mean
from headwater.config.images import TABLES
from headwater.config.layers import inner
from headwater.config.merge import join
from headwater.config.reader import Array, Table

FROM = "from"
OWN = frozenset(
    {FROM, "description", "on-request", "architectures", "checks", "tests", "publish", "definition"}
)  # each image says these for itself
# the first image's come first
JOINED = frozenset({"packages", "exclude", "remove", "files", "users", "finishers", "scriptlets", "units"})
EXCEPTIONS = frozenset({"allow"})  # of `policy`: they come along with what they allow


def whole_images(images: Table, findings: Findings) -> Table:
    """Every image with all that it begins with. One whose `from` is no good keeps the key, and the problem is told."""
    done: dict[str, Table] = {}
    made = images.copy()
    for name, table in images.items():
        if isinstance(table, Table):
            made.put(name, _whole(images, name, (), done, findings), images.at(name))
    return made


def ancestors(images: Table, name: str) -> Iterator[tuple[str, Table]]:
    """The images that an image begins with, first one first, each with what the next takes of it."""
    line = [name]
    while _is_image(images, parent := inner(images, line[-1]).get(FROM)) and parent not in line:
        line.append(str(parent))
    kind = next((str(table["kind"]) for each in line if (table := inner(images, each)).get("kind")), "")
    for each in reversed(line[1:]):
        yield each, _given(inner(images, each), kind)


def _whole(images: Table, name: str, above: tuple[str, ...], done: dict[str, Table], findings: Findings) -> Table:
    if name in done:
        return done[name]
    own = inner(images, name)
    done[name] = own
    if isinstance(own.get(FROM), str) and _is_sound(images, own, (*above, name), findings):
        parent = _whole(images, own[FROM], (*above, name), done, findings)
        if FROM not in parent:  # else its own is no good, and what it begins with is unknown
            done[name] = _over(_given(parent, str(own.get("kind") or parent.get("kind", ""))), own, JOINED)
            del done[name][FROM]
    return done[name]


def _is_sound(images: Table, own: Table, line: tuple[str, ...], findings: Findings) -> bool:
    parent = own[FROM]
    if parent in line:
        circle = (*line[line.index(parent) :], parent)
        what, hint = f"image `{parent}` begins with itself", "an image begins with others"
        findings.add(own.place(FROM), what, why=" -> ".join(circle), hint=hint)
    elif not _is_image(images, parent):
        if not findings.unread:
            findings.add(own.place(FROM), f"`{parent}` is no image", hint=did_you_mean(parent, images))
    elif "definition" in own or "definition" in inner(images, parent):
        other = line[-1] if "definition" in own else parent
        why, hint = (
            f"another tool describes `{other}`, and what is in it is not known here",
            "packages of its own, without `from`",
        )
        findings.add(own.place(FROM), f"`{line[-1]}` can not begin with `{parent}`", why=why, hint=hint)
    else:
        return True
    return False


def _is_image(images: Table, name: object) -> bool:
    return isinstance(name, str) and isinstance(images.get(name), Table)


def _given(parent: Table, kind: str) -> Table:
    """What an image of a kind takes of the one it begins with: not its own words, nor tables that its kind has no use for."""
    useless = {key for key, kinds in TABLES.items() if kind and kind not in {each.value for each in kinds}}
    given = Table(parent.spot)
    for key, value in parent.items():
        if key not in OWN | useless:
            given.put(key, value, parent.at(key))
    return given


def _over(low: Table, high: Table, joined: frozenset[str] = frozenset()) -> Table:
    """One table over another, key by key: lists of `joined` append, else the higher word counts, also where it is empty."""
    made = Table(high.spot)
    for key, value in low.items():
        made.put(key, value, low.at(key))
    for key, value in high.items():
        old = low.get(key)
        if key in joined and isinstance(old, Array) and isinstance(value, Array):
            made.put(key, join(old, value), high.at(key))
        elif isinstance(old, Table) and isinstance(value, Table):
            made.put(key, _over(old, value, EXCEPTIONS), high.at(key))
        else:
            made.put(key, value, high.at(key))
    return made
