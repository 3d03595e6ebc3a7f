"""Runs in the toolbox's own Python: asks rpm what spec files say. JSON questions on standard input, one answer a line.

A spec is a program (`%(...)`, `%{lua:...}`), so each gets a process that is the first of its own namespaces: it sees no other
process, only its own /tmp, has no capabilities, and all that it started ends with it. What it writes reaches only its answer.
"""

import base64
import ctypes
import json
import os
import re
import resource
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rpm

MEMORY = 2 << 30  # bytes of address space
FILES = 64 << 20  # bytes of /tmp
PROCESSES = 128
NUMBERS = 512  # of processes, in a namespace: the kernel keeps 300 for what root starts
ANSWER = 8 << 20  # bytes
NOISE = 64 << 10  # bytes of what rpm says that are kept
LINES = 20_000  # of one %files
LIBC = ctypes.CDLL(None, use_errno=True)
USE = re.compile(r"%\{[?!]*([A-Za-z_][A-Za-z0-9_]{2,})[^}\n]*\}|%([A-Za-z_][A-Za-z0-9_]{2,})\b")
# What stands behind a per cent sign and is no macro: sections, and directives of %files.
WORDS = frozenset(
    """package description prep generate_buildrequires conf build install check clean files changelog patchlist sourcelist
    pre post preun postun pretrans posttrans preuntrans postuntrans verifyscript verify sepolicy triggerin triggerun
    triggerprein triggerpostun filetriggerin filetriggerun filetriggerpostun transfiletriggerin transfiletriggerun
    transfiletriggerpostun attr artifact caps config defattr dev dir doc docdir exclude ghost lang license missingok noreplace
    pubkey readme if ifarch ifnarch ifos ifnos else elif elifarch elifos endif include define global undefine dnl""".split()  # noqa: SIM905 words
)
READ_ONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND = 1, 2, 4, 8, 32, 4096  # linux/mount.h
CAPBSET_DROP, LAST_CAPABILITY, CAPABILITY_VERSION = 24, 63, 0x20080522  # linux/prctl.h, linux/capability.h


def main() -> None:
    for question in json.load(sys.stdin):
        sys.stdout.write(ask(question) + "\n")
        sys.stdout.flush()


def ask(question: dict[str, Any]) -> str:
    """The answer of one spec as a line of JSON; its process has `seconds` of wall time."""
    reader, writer = os.pipe()
    middle = os.fork()
    if not middle:
        os.close(reader)
        os._exit(apart(lambda: answer(question, writer), question["seconds"]))
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read(ANSWER)
    code = os.waitstatus_to_exitcode(os.waitpid(middle, 0)[1])
    if code == signal.SIGALRM:
        return json.dumps({"error": f"it did not end within {question['seconds']} seconds"})
    try:
        return json.dumps(json.loads(said))
    except ValueError:
        return json.dumps({"error": f"rpm ended while reading it (code {code}); limits are memory, time and files"})


def apart(work: Callable[[], None], seconds: int) -> int:
    """Run `work` as the first process of new namespaces; SIGALRM if it took too long."""
    os.unshare(os.CLONE_NEWPID | os.CLONE_NEWNS | os.CLONE_NEWIPC)
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:  # noqa: BLE001 nothing may return into the copy of main
            os._exit(1)
        os._exit(0)
    handle = os.pidfd_open(child)
    in_time = bool(select.select([handle], [], [], seconds)[0])
    if not in_time:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return abs(code) if in_time else int(signal.SIGALRM)


def answer(question: dict[str, Any], writer: int) -> None:
    """Write what rpm says of the spec, as JSON, or `{"error": ...}`."""
    noise = confine(writer)
    try:
        found: dict[str, Any] = {"facts": facts(parse(question))}
    except (ValueError, TypeError, OSError, MemoryError, rpm.error) as error:
        os.lseek(noise, 0, os.SEEK_SET)
        found = {"error": clean(os.read(noise, NOISE).strip()) or f"{type(error).__name__}: {error}"}
    with os.fdopen(writer, "w") as file:
        json.dump(found, file)


def confine(writer: int) -> int:
    """Private /tmp and /proc, no capabilities, limits, no other file but `writer`; gives the file that takes all output."""
    mount(b"tmpfs", b"/tmp", b"tmpfs", f"size={FILES}".encode())
    mount(b"proc", b"/proc", b"proc", b"")
    bound_processes()
    close_kernel()
    drop_capabilities()
    noise = os.memfd_create("noise")
    nothing = os.open("/dev/null", os.O_RDONLY)
    for place, source in enumerate((nothing, noise, noise)):
        os.dup2(source, place)
    for number in range(3, 256):
        if number not in {noise, writer}:
            close(number)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILES),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    return noise


def close(number: int) -> None:
    try:
        os.close(number)
    except OSError:
        return


def bound_processes() -> None:
    """RLIMIT_NPROC does not hold for root. Since Linux 6.14 a process namespace has its own bound, the machine's before."""
    if tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (6, 14):
        Path("/proc/sys/kernel/pid_max").write_text(str(NUMBERS))


def close_kernel() -> None:
    """The new /proc has the kernel's settings again, and where root runs us they are ours to write, without any capability."""
    for place in map(Path, ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus")):
        if place.exists():
            mount(bytes(place), bytes(place), None, None, BIND)
            mount(None, bytes(place), None, None, BIND | REMOUNT | READ_ONLY | NOSUID | NODEV | NOEXEC)


def mount(source: bytes | None, target: bytes, kind: bytes | None, options: bytes | None, flags: int = 0) -> None:
    if LIBC.mount(source, target, kind, ctypes.c_ulong(flags), options):
        raise OSError(ctypes.get_errno(), f"mount of {target.decode()}")


def drop_capabilities() -> None:
    """None now, and none after exec: without this a spec could make the toolbox writable."""
    for capability in range(LAST_CAPABILITY + 1):
        LIBC.prctl(CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    if LIBC.capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")


def parse(question: dict[str, Any]) -> Any:
    """Rpm's own view of the spec; the files it may read while being parsed lie in _sourcedir."""
    folder = Path("/tmp/spec")  # noqa: S108 private, and a fixed name because it may show in the expanded text
    folder.mkdir()
    for name, content in question["files"].items():
        (folder / name).write_bytes(base64.b64decode(content))
    spec = folder / "the.spec"
    spec.write_bytes(base64.b64decode(question["text"]))
    rpm.addMacro("_topdir", str(folder))
    rpm.addMacro("_sourcedir", str(folder))
    for number, content in enumerate(question["macros"].values()):
        path = Path(f"/tmp/macros.{number}")  # noqa: S108 private
        path.write_bytes(base64.b64decode(content))
        rpm.expandMacro(f"%{{load:{path}}}")
    for name, value in question["defines"].items():
        rpm.addMacro(name, value)
    for name in question["undefines"]:
        rpm.delMacro(name)
    return rpm.spec(str(spec), rpm.RPMSPEC_ANYARCH | rpm.RPMSPEC_FORCE)


def facts(spec: Any) -> dict[str, Any]:
    header = spec.sourceHeader
    return {
        "name": clean(header["name"]),
        "epoch": header["epoch"] or 0,
        "version": clean(header["version"]),
        "release": clean(header["release"]),
        "licence": clean(header["license"]),
        "summary": clean(header["summary"]),
        "url": clean(header["url"]),
        "build_requires": dependencies(header, "requirenevrs"),
        "build_conflicts": dependencies(header, "conflictnevrs"),
        "build_archs": [clean(word) for word in header["buildarchs"]],
        "exclusive_archs": [clean(word) for word in header["exclusivearch"]],
        "exclude_archs": [clean(word) for word in header["excludearch"]],
        "sources": [
            {"uri": clean(uri), "number": number, "patch": bool(flags & rpm.RPMBUILD_ISPATCH)}
            for uri, number, flags in sorted(spec.sources, key=lambda source: (source[2], source[1]))
        ],
        "packages": [package(binary.header, binary.fileList) for binary in spec.packages],
        "missing": missing(clean(spec.parsed)),
    }


def missing(expanded: str) -> list[str]:
    """Names that rpm left as they were: macros that nobody defined. What a changelog or comment says is no use of one."""
    text = expanded.partition("\n%changelog")[0]
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    names = {braced or bare for braced, bare in USE.findall("\n".join(lines))}
    return sorted(name for name in names if name.lower() not in WORDS and not name.isupper())


def package(header: Any, files: Any) -> dict[str, Any]:
    return {
        "name": clean(header["name"]),
        "epoch": header["epoch"] or 0,
        "version": clean(header["version"]),
        "release": clean(header["release"]),
        "arch": clean(header["arch"]),
        "summary": clean(header["summary"]),
        "licence": clean(header["license"]),
        "requires": dependencies(header, "requirenevrs"),
        "provides": dependencies(header, "providenevrs"),
        "files": [line for text in clean(files).splitlines() if (line := text.strip())][:LINES],
    }


def dependencies(header: Any, tag: str) -> list[str]:
    return [text for entry in header[tag] if not (text := clean(entry)).startswith("rpmlib(")]


def clean(value: Any) -> str:
    """Text that is valid UTF-8, whatever the spec holds."""
    if value is None:
        return ""
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
