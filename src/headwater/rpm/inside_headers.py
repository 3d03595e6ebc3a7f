"""Runs in the toolbox's own Python: prints the headers of package files, one JSON line each, in the order of the paths given.

Paths come as lines on standard input. A file that is no package becomes `{"error": ...}`.
"""

import json
import os
import sys
from typing import Any

import rpm

SHA256 = 8  # of RFC 9580
RELATIONS = {
    0: "",
    rpm.RPMSENSE_LESS: "<",
    rpm.RPMSENSE_GREATER: ">",
    rpm.RPMSENSE_EQUAL: "=",
    rpm.RPMSENSE_LESS | rpm.RPMSENSE_EQUAL: "<=",
    rpm.RPMSENSE_GREATER | rpm.RPMSENSE_EQUAL: ">=",
}
DEPENDENCIES = ("require", "provide", "conflict", "obsolete", "recommend", "suggest", "supplement", "enhance")
SCRIPTS = ("prein", "postin", "preun", "postun", "pretrans", "posttrans")
SHELL = "/bin/sh"
SIGNATURES = ("openpgp", "rsaheader", "dsaheader", "siggpg", "sigpgp")


def main() -> None:
    transaction = rpm.TransactionSet()
    transaction.setVSFlags(rpm.RPMVSF_MASK_NOSIGNATURES)  # digests are checked here, signatures in sign/
    for path in sys.stdin.read().splitlines():
        sys.stdout.write(json.dumps(read(transaction, path)) + "\n")


def read(transaction: Any, path: str) -> dict[str, Any]:
    handle = os.open(path, os.O_RDONLY)
    try:
        return {"header": describe(transaction.hdrFromFdno(handle))}
    except (rpm.error, ValueError) as error:
        return {"error": str(error)}
    finally:
        os.close(handle)


def describe(header: Any) -> dict[str, Any]:
    source = bool(header.isSource())
    return {
        "name": text(header["name"]),
        "epoch": header["epoch"] or 0,
        "version": text(header["version"]),
        "release": text(header["release"]),
        "arch": "src" if source else text(header["arch"]),
        "summary": text(header["summary"]),
        "description": text(header["description"]),
        "licence": text(header["license"]),
        "vendor": text(header["vendor"]),
        "url": text(header["url"]),
        "source_rpm": text(header["sourcerpm"]),
        "build_time": header["buildtime"] or 0,
        "build_host": text(header["buildhost"]),
        "installed_size": header["longsize"] or 0,
        "payload_digest": text((header["payloadsha256"] or [""])[0]),
        "signatures": sum(len(found) if isinstance(found, list) else 1 for tag in SIGNATURES if (found := header[tag])),
        "scripts": {tag: script(header, tag) for tag in SCRIPTS if header[tag] or header[f"{tag}prog"]},
        **{f"{kind}s": dependencies(header, kind) for kind in DEPENDENCIES},
        "files": [list(entry) for entry in files(header)],
    }


def script(header: Any, tag: str) -> str:
    """A scriptlet's text; a program other than the shell that reads it, or that is run without any text, as its first line."""
    program = header[f"{tag}prog"] or SHELL
    words = text(" ".join(map(text, program)) if isinstance(program, list | tuple) else program)
    body = text(header[tag] or "")
    return body if words == SHELL else f"#!{words}\n{body}"


def dependencies(header: Any, kind: str) -> list[list[Any]]:
    senses = rpm.RPMSENSE_LESS | rpm.RPMSENSE_GREATER | rpm.RPMSENSE_EQUAL
    found = zip(header[f"{kind}name"], header[f"{kind}flags"], header[f"{kind}version"], strict=True)
    return [[text(name), RELATIONS[flags & senses], text(version), flags & ~senses] for name, flags, version in found]


def files(header: Any) -> Any:
    names = header["filenames"]
    if not names:
        return ()
    algorithm = header["filedigestalgo"]
    if algorithm not in {None, SHA256}:
        raise ValueError(f"files have digests of algorithm {algorithm}, expected SHA-256")
    caps = header["filecaps"] or [""] * len(names)
    return zip(
        [text(name) for name in names],
        [mode & 0xFFFF for mode in header["filemodes"]],
        [text(user) for user in header["fileusername"]],
        [text(group) for group in header["filegroupname"]],
        header["longfilesizes"] or header["filesizes"],
        [text(digest) for digest in header["filedigests"]],
        [text(link) for link in header["filelinktos"]],
        header["fileflags"],
        header["filemtimes"],
        header["fileinodes"],
        [text(cap) for cap in caps],
        strict=True,
    )


def text(value: Any) -> str:
    """Text that is valid UTF-8, or an error: a path must not be changed silently."""
    if value is None:
        return ""
    found = value.decode() if isinstance(value, bytes) else str(value)
    found.encode()
    return found


if __name__ == "__main__":
    main()
