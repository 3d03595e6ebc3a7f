"""Which of the things that a second build has otherwise make it another one: found by more builds, with less varied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from headwater.build.variation import ALL, Aspect, Variation

Packages = Mapping[str, str]  # digests by file name
Build = Callable[[Variation], Packages | None]  # None: it did not build
NOTHING: Variation = frozenset()
STILL: Variation = frozenset({Aspect.STILL})
SIDE_BY_SIDE = "the order in which things done side by side end"
CHANCE = "chance: it differs each time it is built, with nothing varied and the clock standing still"
TOGETHER = "several things only together: "


def attribute(build: Build, first: Packages, varied: Variation = ALL) -> tuple[str, ...]:
    """What makes builds differ from the `first`, in words; `build` is called with what to vary, and builds each time."""
    if alike(build(NOTHING), first):
        return _words(culprits(build, first, NOTHING, _ordered(varied)))
    still = build(STILL)
    if still is not None and alike(still, build(STILL)):
        others = culprits(build, still, STILL, _ordered(varied - {Aspect.TIME}))
        return (Aspect.TIME.value, *_words(others))
    serial = STILL | {Aspect.PROCESSORS}
    if alike(build(serial), build(serial)):
        return (SIDE_BY_SIDE,)
    return (CHANCE,)


def alike(one: Packages | None, other: Packages | None) -> bool:
    """Are both there and the same?"""
    return one is not None and one == other


def culprits(build: Build, usual: Packages, base: Variation, suspects: Sequence[Aspect]) -> tuple[Aspect, ...]:
    """Those of the suspects that alone make a difference to the `usual` outcome of `base`, searched by halves; maybe none."""
    known: dict[Variation, Packages | None] = {base: usual}

    def outcome(variation: Variation) -> Packages | None:
        if variation not in known:
            known[variation] = build(variation)
        return known[variation]

    def differs(some: Sequence[Aspect]) -> bool:
        under = base
        if Aspect.HOST in some and Aspect.USER not in some:  # it comes with another user
            under |= {Aspect.USER}
        usually = outcome(under)
        return usually is not None and outcome(under | frozenset(some)) != usually

    def search(some: Sequence[Aspect], *, certain: bool) -> tuple[Aspect, ...]:
        if (len(some) == 1 or not certain) and not differs(some):
            return ()
        if len(some) == 1:
            return tuple(some)
        middle = len(some) // 2
        left = search(some[:middle], certain=False)
        return (*left, *search(some[middle:], certain=not left))

    return search(suspects, certain=False)


def _ordered(variation: Variation) -> tuple[Aspect, ...]:
    return tuple(aspect for aspect in Aspect if aspect in variation)


def _words(found: Sequence[Aspect]) -> tuple[str, ...]:
    return tuple(aspect.value for aspect in found)
