"""A job as it is done a second time: the same packages and sources in a varied world, an action of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from headwater.build.buildroot import Content, Entry, Made
from headwater.build.instruments import Instruments
from headwater.build.job import Job
from headwater.build.script import SCRIPT, TOP
from headwater.build.variation import (
    ELSEWHERE,
    MACROS,
    NOBODY,
    PRELOAD,
    TOOLS,
    Aspect,
    Variation,
    beginning,
    preloaded,
    varied_environment,
    varied_macros,
    varied_script,
    varied_text,
)
from headwater.engine import Digest, Directory, File, Forest, digest_of_bytes

NEED = frozenset({Aspect.TIME, Aspect.STILL, Aspect.ORDER, Aspect.HOST, Aspect.PROCESSES})  # of instruments
_NOT = re.compile(r"^headwater: not varied: ([^\n]{1,200})$", re.MULTILINE)


def vary(job: Job, variation: Variation, instruments: Instruments, forest: Forest) -> Job:
    """The same build in a varied world; with no variation it is the job itself."""
    if not variation:
        return job
    if not instruments.there:
        variation -= NEED
    above = _above(job, variation, instruments, forest)
    root = forest.lay(_moved(job.action.root, variation, forest), forest.lay(above.tree, instruments.made.tree))
    begin = beginning(variation) if instruments.there else ()
    action = msgspec.structs.replace(
        job.action,
        arguments=(*begin, *(varied_text(word, variation) for word in job.action.arguments)),
        root=root,
        directory=varied_text(f"/{TOP}", variation).lstrip("/"),
        environment=varied_environment(job.action.environment, variation, locale=instruments.locale),
    )
    made = (*job.made, above, instruments.made)
    return msgspec.structs.replace(job, action=action, key=action.digest.hash, made=made)


def _above(job: Job, variation: Variation, instruments: Instruments, forest: Forest) -> Made:
    """The files of a build that are otherwise, where the varied one has them."""
    top = varied_text(f"/{TOP}", variation)
    script = varied_script(_script(job, forest), variation).encode()
    macros = varied_macros(variation).encode()
    preload = "".join(f"{name}\n" for name in preloaded(variation) if instruments.there).encode()
    texts = {varied_text(SCRIPT, variation): script, f"/{MACROS}": macros, f"/{PRELOAD}": preload}
    content: dict[Digest, Content] = {digest_of_bytes(text): text for text in texts.values() if text}
    entries: list[Entry] = [
        (place, File(digest_of_bytes(text), executable=text is script)) for place, text in texts.items() if text
    ]
    home = varied_environment(job.action.environment, variation, locale=False)["HOME"]
    entries += [(top, None), (TOOLS, None), *([(home, None)] if home.endswith(NOBODY) else [])]
    return Made(tree=forest.plant(entries), content=content, names={})


def _script(job: Job, forest: Forest) -> str:
    """The script of a job."""
    file = forest.lookup(job.action.root, SCRIPT)
    assert isinstance(file, File), f"{SCRIPT} is in every build's tree"
    content = next(made.content[file.digest] for made in job.made if file.digest in made.content)
    assert isinstance(content, bytes), "the script was made here"
    return content.decode()


def _moved(root: Digest, variation: Variation, forest: Forest) -> Digest:
    """The tree with the build's folder in the other place."""
    if Aspect.PATH not in variation:
        return root
    top = forest[root]
    below = {ELSEWHERE if name == TOP else name: digest for name, digest in top.directories.items()}
    return forest.add(Directory(files=top.files, directories=below, links=top.links))


def not_varied(log: bytes) -> Iterator[str]:
    """What a worker could not vary, and why, as its log says."""
    yield from _NOT.findall(log.decode(errors="replace")[:10_000])
