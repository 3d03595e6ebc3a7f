"""Compat overlays give what azldev's own binary gives: golden cases, and random specs, files and overlays, byte for byte.

    AZLDEV=/path/to/azldev pytest tests/corpus/test_compat_azldev.py -n auto

AZLDEV_CASES is how many random cases there are (default 1,000), AZLDEV_SEED where they begin. A difference names its seed.
"""

import hashlib
import io
import json
import os
import random
import subprocess
import tarfile
import tomllib
from pathlib import Path

import msgspec
import pytest
import zstandard

from headwater.config.overlays import Overlay
from headwater.errors import Failure
from headwater.origin import Origin
from headwater.overlay import apply_compat, merge_macros
from headwater.overlay.tarball import opened
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

AZLDEV = os.environ.get("AZLDEV", "")
CASES = int(os.environ.get("AZLDEV_CASES", "1000"))
FIRST = int(os.environ.get("AZLDEV_SEED", "0"))
BATCH = 50  # cases of one project
GOLDEN = sorted(path.parent for path in (Path(__file__).parents[1] / "golden" / "overlay-compat").glob("*/*/overlay.toml"))
HERE = Origin(file="azldev.toml", line=1)

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not AZLDEV, reason="AZLDEV does not name azldev's binary"),
    pytest.mark.timeout(600),
]

PROJECT = """[project]
description = "Cases"
log-dir = "logs"
work-dir = "work"
output-dir = "out"
default-distro = { name = "alki", version = "1" }
[distros.alki]
description = "None"
[distros.alki.versions.'1']
description = "None"
release-ver = "1"
"""

# What specs, files and overlays are made of: what is common, and what is odd to one of the two readers.
SECTIONS = "prep build install check description files changelog post triggerin package patchlist conf sourcelist".split()  # noqa: SIM905 words
HEADERS = [f"%{name}" for name in SECTIONS if name not in {"post", "triggerin", "package"}]
FORMS = ["{}", "-n {}", "-p /bin/sh {}", "-f list {}", "-q {}", "-n", "{} -- bash", "-n a -n {}", "  {}  ", ""]
PACKAGES = ["devel", "libs", "%{name}-x", "ünder"]
TAGS = """Name: brook|Version: 1|Release: 1%{?dist}|License:\tMIT|URL:http://example.org/a:b|Source0: brook.tar.gz
Source: b.tgz|Source2 : c|Patch: wet.patch|Patch1: dry.patch|Patch0003: deep.patch|patch7:cold.patch|Patch%{n}: warm.patch
Patch+5: odd.patch|Requires: foo >= 1|Requires:  foo  >= 1  |Requires(post): bar|BuildRequires: gcc|  License: BSD
%{?x:Requires: q}| #Source0: x|#Source9: c|Name : brook|: x|a::b|Summary: Ünder water|\u00a0Epoch: 1\u00a0|\x0bVendor: v\x0c
provides: a = %{version}|1: 2""".replace("\n", "|").split("|")
BODY = """make|make %{?_smp_mflags}|#comment|  # comment|  indented|Requires: not-a-tag|%patch -P 1|%autosetup -p1|wet.patch
dry.patch|%license COPYING|echo "ünder"|xaxbx|%global a \\|%define b \\|%package phantom|  %package inner|a\x0bb
a \x1c %build|*|tab\there|%{expand:|}|%dnl x|\u2003%files odd|a\rb|   |- Update|%{load:x}|(x) $1 [y]|%fles|%Build
%verifyscript|nothing""".replace("\n", "|").split("|")
REGEXES = r"""make x* ^$ $ ^ \s+ [^a-z]+ (?i)REQUIRES a \bx\b (?:a|b)+? (?U)x.*x \pL+ [[:alpha:]]+$ \d+ foo\s*>= (?P<n>e)
(?<n>e) . .* wet\.patch (?m)^\s*# \z \A. ^Source\d*: %\{.*?\} ü \W x{1,2} $^ (?s)e.*s \x{fc} [^\x00-\x7f] e Patch.* (|)
\Q(x)\E %(?:if|endif) (?i)ÜNDER (?s).* \b \B (?-s). a|b|^ [\s\S]{3} (?m)$ (?m)^""".split()  # noqa: SIM905 words
REPLACEMENTS = ["", "", "make", "$1", r"\1", "a\nb", "%check", "%check\nfoo", "x", "é", "foo ", "\n", "%package libs", "%if 1"]
REPLACEMENTS += ["#", "\r"]
LINES = [
    "extra",
    "",
    "two\nlines",
    "%global z 1",
    "%if 1",
    "%endif",
    "%package new",
    "\n%prep",
    "Requires: late",
    "tail\r",
    "ü",
]
FILES = ["a.conf", "b.conf", "run.sh", "sub/a.conf", "sub/deep/x.conf", "wet.patch", "dry.patch", "other.spec", "x.conf"]
FILES += [".hidden.conf"]
GLOBS = """a.conf *.conf **/*.conf ** * sub/* {a,b}.conf *.{conf,sh} [ab].conf [!a].* a.con? no* sub/** **/**/*.conf ./*.sh
sub/../a.conf */*.conf {a.conf,sub/*} ?.sh wet.patch *.patch **/x* x{a,}.conf""".split()  # noqa: SIM905 words
CONTENTS = [b"", b"a\n", b"wet\r\ndry\r\n", b"on = yes\noff = no", "ünder\n".encode(), b"\xff\xfe x\n", b"xaxbx\n\n\nmake\n"]
CONTENTS += [b"#!/bin/sh\necho e\n"]
GIVEN = {"new.patch": (b"--- a\n+++ b\n", 0o644), "run.sh": (b"#!/bin/sh\n", 0o755)}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_golden_cases_are_what_azldev_does(golden, tmp_path):
    write_golden(tmp_path, golden)
    there = (golden / "input-archives").exists()
    theirs = azldev(tmp_path, "brook", "--allow-no-hashes", *(() if there else ("--skip-sources",)))
    if (golden / "fault.toml").exists():
        assert isinstance(theirs, str)
        return
    assert isinstance(theirs, dict), theirs
    theirs.pop("sources", None)
    for archive in (golden / "expected-archives").glob("*"):
        with tarfile.open(fileobj=io.BytesIO(plain_tar(theirs.pop(archive.name)[0], tmp_path))) as tar:
            found = {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}
        assert found == {name: content for name, (content, _) in read_files(archive).items()}
    assert theirs == {**read_files(golden / "expected"), "brook.spec": ((golden / "expected.spec").read_bytes(), 0o644)}


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, BATCH))
def test_same_folder_as_azldev(first, tmp_path):
    write_files(tmp_path / "given", GIVEN)
    cases = {f"c{seed}": case(seed, tmp_path) for seed in range(first, min(first + BATCH, FIRST + CASES))}
    write_project(tmp_path, cases)
    for name, told in cases.items():
        compare(name, told, azldev(tmp_path, name, "--skip-sources"), ours(tmp_path, name, told))


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES // 5, BATCH))
def test_same_tar_as_azldev(first, tmp_path):
    store = Store(tmp_path / "store")
    cases = {f"c{seed}": archive_case(seed, store) for seed in range(first, min(first + BATCH, FIRST + CASES // 5))}
    write_archives(tmp_path, cases)
    for name, told in cases.items():
        theirs, here = azldev(tmp_path, name, "--allow-no-hashes"), packed_ours(name, told, store)
        if isinstance(theirs, dict) and isinstance(here, bytes):
            packed, _ = theirs[told[0]]
            assert here[:4] == packed[:4], f"{name} {told[2]}: another compression"
            theirs, here = plain_tar(packed, tmp_path), plain_tar(here, tmp_path)
        compare(name, told[2], theirs, here)


def compare(name, told, theirs, here):
    """The same results, or two failures: azldev's is what it says, ours are problems."""
    if isinstance(theirs, str) and isinstance(here, tuple):
        return
    assert not isinstance(theirs, str), f"{name} {told}: azldev fails: {theirs}"
    assert not isinstance(here, tuple), f"{name} {told}: ours fails: {here}"
    assert here == theirs, f"{name} {told}"


def azldev(root, name, *options):
    """The folder that azldev makes of a component, or what it says when it fails."""
    out = root / "out" / name
    command = [AZLDEV, "-C", str(root), "component", "prepare-sources", "--without-git", *options, "-o", str(out), name]
    environment = {**os.environ, "AZLDEV_ALLOW_ROOT": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return read_files(out) if done.returncode == 0 else done.stderr[-600:]


def ours(root, name, told):
    """The folder that compat makes of a component, or the problems of its Failure."""
    content, files, overlays, build, reason = told
    loose = {file: LooseFile(content=data, mode=mode) for file, (data, mode) in files.items()}
    tree = tree_of(name, {**loose, f"{name}.spec": LooseFile(content=content)}, {})
    given = [{**one, "source": str(root / one["source"])} if "source" in one else one for one in overlays]
    typed = msgspec.convert(given, list[Overlay])
    options = {"macros": merge_macros(**build), "skip_check_reason": reason, "with_archives": False}
    try:
        after, _ = apply_compat(tree, typed, None, where=HERE, **options)
    except Failure as failure:
        return failure.problems
    return {file: (each.content, each.mode) for file, each in after.files.items()}


def packed_ours(name, told, store):
    """The archive that compat makes, or the problems of its Failure."""
    archive, content, overlays = told
    blob = store.add_bytes(content)
    value = Archive(digest=blob.digest, sha512=hashlib.sha512(content).hexdigest(), size=blob.size)
    tree = tree_of(name, {f"{name}.spec": LooseFile(content=b"Name: brook\n")}, {archive: value})
    try:
        after, _ = apply_compat(tree, msgspec.convert(overlays, list[Overlay]), store, where=HERE)
    except Failure as failure:
        return failure.problems
    return store.read(after.archives[archive].digest)


def tree_of(name, files, archives):
    pin = Pin(kind="local", name=name, digest="")
    return SourceTree(component=name, spec=f"{name}.spec", files=files, archives=archives, pin=pin)


def plain_tar(content, scratch):
    """What is in an archive uncompressed, byte for byte."""
    (scratch / "packed").write_bytes(content)
    with opened("packed", scratch / "packed", scratch, HERE):
        return (scratch / "plain.tar").read_bytes()


# random cases


def case(seed, root):
    """All of one component: its spec, files and overlays, its `build` table, and why `%check` is skipped."""
    rng = random.Random(seed)  # noqa: S311 a case is found again by its seed
    content = spec(rng)
    files = {name: (rng.choice(CONTENTS), rng.choice([0o644, 0o644, 0o755])) for name in rng.sample(FILES, rng.randint(0, 6))}
    build = {}
    if rng.random() < 0.15:
        build = {"with_": some(rng, ["tls", "x"], 2), "without": some(rng, ["tls", "y"], 2)}
        build |= {"defines": {"Z": "1 2", "_with_x": "2", "a": "%{b}"}, "undefines": some(rng, ["a", "_with_x"], 1)}
    reason = rng.choice(["No network", "two\nlines"]) if rng.random() < 0.1 and b"%check" in content else None

    def whole(overlays):
        return isinstance(ours(root, "c", (content, files, overlays, build, reason)), dict)

    return content, files, chosen(rng, [overlay(rng, content) for _ in range(rng.randint(2, 12))], whole), build, reason


def archive_case(seed, store):
    """An archive of any compression, its content, and overlays on it."""
    rng = random.Random(seed)  # noqa: S311 as above
    kind = rng.choice(["tar", "tar.gz", "tgz", "tar.xz", "tar.zst"])
    mode = {"tar.gz": "w:gz", "tgz": "w:gz", "tar.xz": "w:xz"}.get(kind, "w")
    mode = mode if rng.random() > 0.1 else rng.choice(["w", "w:gz", "w:xz"])  # names lie
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, format=rng.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])) as tar:
        for member, data in members(rng):
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    content = packed.getvalue() if kind != "tar.zst" or mode != "w" else zstandard.compress(packed.getvalue())
    name = f"brook.{kind}"
    several = [archive_overlay(rng, name) for _ in range(rng.randint(4, 12))]
    return name, content, chosen(rng, several, lambda some: isinstance(packed_ours("c", (name, content, some), store), bytes))


def chosen(rng, overlays, whole):
    """Those overlays that work together; in some cases one that does not is among them."""
    found, bad = [], rng.random() < 0.2
    for one in overlays:
        if not endless(one) and (bad or whole([*found, one])):
            found.append(one)
            bad = False
    return found or overlays[:1]


def endless(said):
    """azldev never comes back from lines that end in the very header that they are put behind."""
    last = said.get("lines", [""])[-1].split()
    return said["type"] == "spec-prepend-lines" and last[:1] == [said.get("section")]


def spec(rng):
    lines = some(rng, TAGS, 8)
    for _ in range(rng.randint(0, 5)):
        lines += block(rng)
    if rng.random() < 0.08 and lines:
        odd = ["%endif", "%If", "%IFARCH x", "%else", "# x\\", "y" * 65535, "z" * 65536]
        lines.insert(rng.randrange(len(lines)), rng.choice(odd))
    end = "\r\n" if rng.random() < 0.1 else "\n"
    content = (end.join(lines) + rng.choice([end, end, end, end, "", "\r", end * 3])).encode()
    return content if rng.random() > 0.05 else content.replace(b"a", b"\xe9", 2)


def block(rng, depth=0):
    """Lines of one section or of several, with conditions round them and in them."""
    lines = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.22 and depth < 3:
            lines.append(rng.choice(["%if 1", "%ifarch x86_64", "  %if %{with x}", "%ifnos a", "%IF 0"]))
            lines += block(rng, depth + 1)
            if rng.random() < 0.4:
                lines += [rng.choice(["%else", "%elif 2", "%elifarch x", " %else"]), *block(rng, depth + 1)]
            lines.append(rng.choice(["%endif", "%endif", "%endif # x", "  %ENDIF"]))
        elif kind < 0.4:
            lines.append(header(rng))
        elif kind < 0.75:
            lines += some(rng, TAGS, 3)
        else:
            lines += some(rng, [*BODY, ""], 3)
    return lines


def header(rng):
    if rng.random() < 0.4:
        return rng.choice(HEADERS)
    name = rng.choice(SECTIONS)
    name = rng.choice([name, name, name, name, name.title(), name.upper()])
    return rng.choice(["", "", "", " ", "\t"]) + f"%{name} {rng.choice(FORMS).format(rng.choice(PACKAGES))}"


def overlay(rng, content):
    """An overlay of any kind, mostly on what is there."""
    section, package = rng.choice(["", "", *HEADERS, "%package", "%post"]), rng.choice(["", "", "", *PACKAGES])
    there = [words for line in content.decode(errors="replace").splitlines() if (words := line.split())]
    found = [(words[0], words[-1] if words[1:] else "") for words in there if words[0][1:].lower() in SECTIONS]
    if found and rng.random() < 0.6:
        section, package = rng.choice(found)
        package = rng.choice([package, package, ""])
    makers = [tag_overlay, tag_overlay, tag_overlay, line_overlay, search_overlay, removal, patch_overlay, file_overlay]
    return rng.choice(makers)(rng, section, package)


def tag_overlay(rng, _, package):
    name, _, value = rng.choice(TAGS).partition(":")
    name, value = name.strip() or "X", value.strip()
    name = rng.choice([name, name.upper(), "Source9999", "Patch", "Requires", "Obsoletes", "Licence"])
    kind = rng.choice(["add", "insert", "set", "update", "remove"])
    value = rng.choice(["", value, value.upper()]) if kind == "remove" else value or "v"
    return {"type": f"spec-{kind}-tag", "tag": name, **kept(value=value, package=package)}


def line_overlay(rng, section, package):
    kind = rng.choice(["spec-prepend-lines", "spec-append-lines"])
    lines = [*some(rng, LINES, 2), rng.choice(LINES)]
    return {"type": kind, "lines": lines, **kept(section=section, package=package if section else "")}


def search_overlay(rng, section, package):
    section = rng.choice([section, ""])
    said = {"regex": rng.choice(REGEXES), "replacement": rng.choice(REPLACEMENTS)}
    return {"type": "spec-search-replace", **said, **kept(section=section, package=package if section else "")}


def removal(rng, section, package):
    if rng.random() < 0.5:
        return {"type": "spec-remove-subpackage", "package": package or "devel"}
    return {"type": "spec-remove-section", "section": section or "%check", **kept(package=package)}


def patch_overlay(rng, _, package):
    if rng.random() < 0.5:
        return {"type": "patch-remove", "file": rng.choice(["wet.patch", "*.patch", "{wet,dry}.patch", "d*", "**", "no"])}
    file = rng.choice(["", "", "new.patch", "sub/new.patch", "wet.patch"])
    return {"type": "patch-add", "source": f"given/{rng.choice(list(GIVEN))}", **kept(file=file, package=package)}


def file_overlay(rng, *_):
    new = rng.choice(["new.conf", "sub/new.conf", "lost/new.conf", "new.spec", "./new.conf", *FILES])
    said = {"regex": rng.choice(REGEXES), "replacement": rng.choice(REPLACEMENTS)}
    return rng.choice(
        [
            {"type": "file-prepend-lines", "file": rng.choice(GLOBS), "lines": [*some(rng, LINES, 2), "end"]},
            {"type": "file-search-replace", "file": rng.choice(GLOBS), **said},
            {"type": "file-add", "file": new, "source": f"given/{rng.choice(list(GIVEN))}"},
            {"type": "file-remove", "file": rng.choice(GLOBS)},
            {
                "type": "file-rename",
                "file": rng.choice([*GLOBS, *FILES]),
                "replacement": rng.choice(["z.conf", "b.conf", "run.sh", "deep"]),
            },
        ]
    )


def archive_overlay(rng, name):
    said = {"archive": name, "file": rng.choice([*GLOBS, "brook/a.conf", "link/*", "link", "**/link", "long*/*", "a*"])}
    if rng.random() < 0.4:
        return {"type": "file-remove", **said}
    said |= {"regex": rng.choice(["e", "make", "x*", "(?m)$", "a"]), "replacement": rng.choice(["e!", "", "ee"])}
    return {"type": "file-search-replace", **said}


def members(rng):
    top = rng.choice(["brook/", "brook/", "./brook/", ""])
    files = rng.sample([*FILES, "long" * 30 + "/x.conf", "Makefile", "a-b", "a/b"], rng.randint(1, 8))
    for name in files:
        if "/" in name and rng.random() < 0.3:
            yield member(top + name.split("/")[0], type=tarfile.DIRTYPE, mode=rng.choice([0o755, 0o700])), b""
        yield member(top + name, mode=rng.choice([0o644, 0o600, 0o755, 0o4755, 0o444])), rng.choice(CONTENTS)
    if rng.random() < 0.4:
        name = rng.choice(["link", "sub/link", "z.conf"])
        goal = rng.choice(["a.conf", "../a.conf", "sub", "lost", "./x.conf", "../../out", "/etc"])
        yield member(top + name, type=tarfile.SYMTYPE, linkname=goal), b""
    if rng.random() < 0.05:
        yield member(top + "odd", type=rng.choice([tarfile.LNKTYPE, tarfile.FIFOTYPE]), linkname=top + files[0]), b""


def member(name, **fields):
    found = tarfile.TarInfo(name)
    for key, value in {"mtime": 1_000_000_000, "uid": 1000, "uname": "somebody", **fields}.items():
        setattr(found, key, value)
    return found


def some(rng, choices, most):
    return [rng.choice(choices) for _ in range(rng.randint(0, most))]


def kept(**keys):
    return {key: value for key, value in keys.items() if value}


# projects


def write_project(root, cases):
    """One project with a component for each case."""
    text = [PROJECT]
    for name, (content, files, overlays, build, reason) in cases.items():
        write_files(root / name, {**files, f"{name}.spec": (content, 0o644)})
        check = {} if reason is None else {"check": {"skip": True, "skip_reason": reason}}
        text += component(name, overlays, {**{key.rstrip("_"): value for key, value in build.items()}, **check})
    (root / "azldev.toml").write_text("\n".join(text))


def write_archives(root, cases):
    """One project with an archive for each case."""
    text = [PROJECT]
    for name, (archive, content, overlays) in cases.items():
        loose = {f"{name}.spec": (b"Name: brook\n", 0o644), archive: (content, 0o644)}
        write_files(root / name, {**loose, "sources": (listed({archive: content}), 0o644)})
        text += [*component(name, overlays, {}), source_file(name, archive)]
    (root / "azldev.toml").write_text("\n".join(text))


def write_golden(root, golden):
    """A golden case as a project of one component."""
    said = tomllib.loads((golden / "overlay.toml").read_text())
    archives = dict.fromkeys((one["archive"] for one in said.get("overlays", []) if "archive" in one), b"")
    for folder in (golden / "input-archives").glob("*"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode=f"w:{folder.suffix[1:]}") as tar:
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name)
        archives[folder.name] = packed.getvalue()
    write_files(root / "brook", read_files(golden / "input"))
    there = {name: (content, 0o644) for name, content in archives.items() if content}
    there |= {"sources": (listed(archives), 0o644)} if archives else {}
    write_files(root / "brook", {**there, "brook.spec": ((golden / "input.spec").read_bytes(), 0o644)})
    write_files(root, {path.name: (path.read_bytes(), path.stat().st_mode) for path in golden.iterdir() if path.is_file()})
    build = {"defines": said["macros"]} if "macros" in said else {}
    build |= {"check": {"skip": True, "skip_reason": said["skip-check"]}} if "skip-check" in said else {}
    text = [PROJECT, *component("brook", said.get("overlays", []), build)]
    text += [source_file("brook", name, "" if content else digest(content)) for name, content in archives.items()]
    (root / "azldev.toml").write_text("\n".join(text))


def component(name, overlays, build):
    text = [f'[components.{name}]\nspec = {{ type = "local", path = "{name}/{name}.spec" }}']
    text += [f"build = {toml(build)}"] if build else []
    for one in overlays:
        text += [f"[[components.{name}.overlays]]", *(f"{key} = {toml(value)}" for key, value in one.items())]
    return text


def source_file(name, archive, known=""):
    """The entry that azldev wants for an archive which overlays change."""
    text = (
        f'[[components.{name}.source-files]]\nfilename = "{archive}"\norigin = {{ type = "overlay" }}\nhash-type = "SHA512"\n'
    )
    return text + 'replace-upstream = true\nreplace-reason = "Changed"\n' + (f'hash = "{known}"\n' if known else "")


def listed(archives):
    return "".join(f"SHA512 ({name}) = {digest(content)}\n" for name, content in archives.items()).encode()


def digest(content):
    return hashlib.sha512(content).hexdigest()


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def write_files(root, files):
    for name, (content, mode) in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(mode)


def read_files(root):
    """Contents and modes by path."""
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode & 0o777) for path in paths}
