"""Sources that a script of the project makes: run in the sandbox, its output packed, kept by the digest of all that went in.

The script finds itself and its inputs in SCRIPT and writes into OUTPUT: azldev's own paths, so its scripts run unchanged.
It has the toolbox's tools, no capability, no network unless the project says why, and limits to time, processes and files.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from headwater.command import tail
from headwater.config.model import Custom, SourceFile
from headwater.digest import digest_bytes, digest_file, digest_of
from headwater.errors import Failure, Kind, fail
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox
from headwater.upstream.lookaside import keep, kept
from headwater.upstream.model import Archive, LooseFile
from headwater.upstream.pack import ENDINGS, Unpackable, compression_of, pack
from headwater.upstream.sourceslist import bad_filename

VERSION = 1  # of what happens here; part of the results' keys
SECONDS = 3600  # that a script may take
ANY_CODE = range(-64, 256)  # a signal's number is below zero
SCRIPT, OUTPUT = "/azldev-gen/script", "/azldev-gen/output"
LIMITS = ("prlimit", f"--fsize={8 << 30}", "--nproc=4096", "--core=0", "--")
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs", "--")
ARCHES = ("", ":amd64", ":arm64")  # as dpkg names what it has installed
START = 'cd "$1" && exec ./"$2"'
Input = Archive | LooseFile


def make_custom(
    source: SourceFile, origin: Custom, inputs: Mapping[str, Input], store: Store, toolbox: Toolbox, *, offline: bool = False
) -> Archive:
    """The archive that the script makes of the inputs that it names, out of those that there are.

    Raises Failure: CONFIG for an input that is not there or a name that is no archive's, SOURCE where the script fails, leaves
    nothing, or makes something else than the hash that the project has.
    """
    taken = {name: _input(name, inputs, source, origin) for name in origin.inputs}
    compression = compression_of(source.filename)
    if compression is None:
        raise _config(source, f"`{source.filename}` is no archive", f"the output is packed as one of {', '.join(ENDINGS)}")
    key = _key(origin, taken, compression, toolbox)
    known = store.get("custom", key)
    archive = kept(str(known.facts), store) if known else None
    if archive is None:
        if offline and origin.network_reason:
            raise _failed(source, "it needs the network, and --offline forbids that", "run the same command without --offline")
        archive = _make(source, origin, taken, compression, store=store, toolbox=toolbox)
        store.put("custom", key, {}, facts=archive.sha512)
    _check_hash(source, archive, store)
    return archive


def _key(origin: Custom, taken: Mapping[str, Input], compression: str, toolbox: Toolbox) -> str:
    script = digest_file(Path(origin.script))
    inputs = {name: one.digest if isinstance(one, Archive) else digest_bytes(one.content) for name, one in taken.items()}
    how = [Path(origin.script).name, compression, bool(origin.network_reason), sorted(origin.mock_packages)]
    return digest_of([VERSION, script, sorted(inputs.items()), how, toolbox.key])


def _make(
    source: SourceFile, origin: Custom, taken: Mapping[str, Input], compression: str, *, store: Store, toolbox: Toolbox
) -> Archive:
    script = Path(origin.script)
    reason = f"`{script.name}` was not run on these inputs before"
    with step("make", source.filename, reason=reason), store.scratch("custom") as work:
        place, output = work / "script", work / "output"
        place.mkdir()
        output.mkdir()
        for name, one in taken.items():
            _lay(one, place / name, store)
        shutil.copyfile(script, place / script.name)
        (place / script.name).chmod(0o755)
        _run(source, origin, work, toolbox)
        packed = work / "packed"
        try:
            if not any(output.iterdir()):
                raise Unpackable(f"the script wrote nothing into {OUTPUT}")
            with store.writing():
                pack(output, packed, compression)
        except Unpackable as wrong:
            raise _failed(source, str(wrong), f"see {script}") from None
        return keep(packed, store, f"custom:{script.name}")


def _run(source: SourceFile, origin: Custom, work: Path, toolbox: Toolbox) -> None:
    root, binds = _root(work, toolbox)
    binds += [
        sandbox.Bind(source=work / "script", target=SCRIPT, writable=True),
        sandbox.Bind(source=work / "output", target=OUTPUT, writable=True),
    ]
    if origin.network_reason and (root_file := toolbox.root / "etc" / "resolv.conf").is_file() and not root_file.is_symlink():
        binds.append(sandbox.Bind(source=Path("/etc/resolv.conf")))
    try:
        done = sandbox.run(
            root,
            [*LIMITS, *POWERLESS, "sh", "-c", START, "--", SCRIPT, Path(origin.script).name],
            binds=binds,
            network=bool(origin.network_reason),
            timeout=SECONDS,
            accept=ANY_CODE,
            kind=Kind.SOURCE,
        )
    except Failure as failure:
        problem = failure.problems[0]
        raise _failed(source, _said(problem.what, origin, toolbox), problem.hint or _hint(origin)) from None
    if done.code:
        said = f"`{Path(origin.script).name}` ended with exit code {done.code}\n{tail(done.stdout + done.stderr)}".rstrip()
        raise _failed(source, _said(said, origin, toolbox), _hint(origin))


def _root(work: Path, toolbox: Toolbox) -> tuple[Toolbox, list[sandbox.Bind]]:
    """The toolbox with azldev's folders in it: it may not be written, so this is a root of its own with the toolbox's bound."""
    place = work / "root"
    for folder in (SCRIPT, OUTPUT, "/dev", "/proc", "/tmp", "/run", "/var/tmp"):  # noqa: S108 the sandbox puts its own there
        (place / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    inside = (*sorted(toolbox.root.iterdir()), *sorted((toolbox.root / "var").iterdir()))
    binds = []
    for entry in inside:
        here = place / entry.relative_to(toolbox.root)
        if entry.is_symlink():
            here.symlink_to(entry.readlink())
        elif entry.is_dir() and not here.exists():
            here.mkdir()
            binds.append(sandbox.Bind(source=entry, target=f"/{entry.relative_to(toolbox.root)}"))
    return msgspec.structs.replace(toolbox, root=place), binds


def _lay(one: Input, place: Path, store: Store) -> None:
    if isinstance(one, Archive):
        shutil.copyfile(store.path(one.digest), place)
    else:
        place.write_bytes(one.content)
        place.chmod(one.mode)


def _input(name: str, inputs: Mapping[str, Input], source: SourceFile, origin: Custom) -> Input:
    if bad := bad_filename(name):
        raise _config(source, f"`{source.filename}` has an input that is no file name", bad)
    if name == Path(origin.script).name:
        raise _config(source, f"`{source.filename}` has an input that is called as its script is", f"both are `{name}`")
    if name in inputs:
        return inputs[name]
    there = ", ".join(f"`{one}`" for one in sorted(inputs)) or "nothing"
    what = f"`{source.filename}` is made of `{name}`, which is none of the component's files"
    raise _config(source, what, f"those are {there}")


def _check_hash(source: SourceFile, archive: Archive, store: Store) -> None:
    """The project's hash, if it has one, must be that of what was made."""
    if not source.hash:
        return
    found = {"SHA512": archive.sha512, "SHA256": archive.digest}.get(source.hash_type.upper(), "")
    if found != source.hash.lower():
        why = f"expected {source.hash_type} {source.hash}\nfound    {source.hash_type} {found}\n{store.path(archive.digest)}"
        raise _failed(source, why, "where the change is wanted, put the new hash into `hash`")


def _said(said: str, origin: Custom, toolbox: Toolbox) -> str:
    info = toolbox.root / "var" / "lib" / "dpkg" / "info"
    lacking = [name for name in origin.mock_packages if not any((info / f"{name}{arch}.list").exists() for arch in ARCHES)]
    return f"{said}\nthe toolbox has no {', '.join(f'`{name}`' for name in lacking)} (mock-packages)" if lacking else said


def _hint(origin: Custom) -> str:
    return "" if origin.network_reason else 'if it needs the network: origin.network-reason = "..."'


def _failed(source: SourceFile, why: str, hint: str) -> Failure:
    return fail(Kind.SOURCE, f"`{source.filename}` could not be made", where=source.where, why=why, hint=hint)


def _config(source: SourceFile, what: str, why: str) -> Failure:
    hint = "inputs are other source files, and files beside the spec that a Source or Patch tag of it names"
    return fail(Kind.CONFIG, what, where=source.where, why=why, hint=hint)
