"""Which image is made before which: a disk needs its initrd first, a medium and an extension the disks that they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headwater.config.images import ImageKind, ImageRule


def in_order(rules: Mapping[str, ImageRule], only: Sequence[str] | None = None) -> tuple[ImageRule, ...]:
    """The images named (None: all) and those they are made from, in order of need; config has checked the names."""
    return tuple(
        {rule.name: rule for name in (sorted(rules) if only is None else only) for rule in _needed(rules, name)}.values()
    )


def _needed(rules: Mapping[str, ImageRule], name: str) -> Iterator[ImageRule]:
    for earlier in made_from(rules[name]):
        yield from _needed(rules, earlier)
    yield rules[name]


def made_from(rule: ImageRule) -> tuple[str, ...]:
    """The images that this one is made from, by name."""
    if rule.kind is ImageKind.EXTENSION:
        return (rule.extension.of,)
    return (rule.disk.initrd,) if rule.disk.initrd else rule.iso.installs
