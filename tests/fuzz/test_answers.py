"""What other programs and servers say, and addresses made of it: understood or refused, and never more than was meant."""

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.bridge.licence import to_spdx
from headwater.errors import Failure
from headwater.render.revisions import _read_batch, _touched
from headwater.rpm.evaluate import _problem
from headwater.rpm.model import SpecQuestion
from headwater.toolbox.apt import parse_uris, pick_mirror
from headwater.toolbox.debian import format_lock, parse_lock
from headwater.upstream.address import check_branch, check_url, fill
from headwater.upstream.hosts import Refused
from headwater.upstream.origins import find_file

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
PAGE = b'{"files": [{"filename": "a-1.tar.gz", "url": "../a-1.tar.gz"}, {"filename": "b", "url": "b"}], "name": "a"}'
LOCK = f"# head\n@suite trixie\n@want bash\n@exclude x\nbash 5.2-1 amd64 {'0' * 64} 123 pool/main/b/bash.deb\n".encode()
URIS = f"'https://deb.invalid/debian/pool/main/b/bash_5.2%2b1_amd64.deb' bash_5.2_amd64.deb 12 SHA256:{'0' * 64}\n".encode()
TARGETS = b"https://deb.invalid/debian trixie\nhttps://deb.invalid/s trixie-security\n"
RPM = b"error: line 12: Unknown tag: %{foo}\nwarning: x\nerror: query of specfile x failed, can't parse\n"
COPYRIGHT = (
    b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or MIT, and X\n"
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["$hash", "$pkg", "../x", "a b", "a@b", "%2e", "-x", "\\"]
)


@given(data=st.data(), name=st.sampled_from(["a-1.tar.gz", "b", "c"]))
@FUZZ
def test_an_index_names_a_file_or_is_refused(data: st.DataObject, name: str, spoilt) -> None:
    page = data.draw(spoilt(PAGE) | st.binary(max_size=60))
    try:
        found = find_file(page, name)
    except Refused:
        return
    assert found in {one["url"] for one in json.loads(page.decode(errors="replace"))["files"]}


@given(
    template=st.sampled_from(["https://a.invalid/$pkg/$filename/$hashtype/$hash", "file:///x/$pkg"]), pkg=WORDS, filename=WORDS
)
@FUZZ
def test_a_value_stays_in_its_place_of_an_address(template: str, pkg: str, filename: str) -> None:
    try:
        url = check_url(fill(template, pkg=pkg, filename=filename, hashtype="sha512", hash="0"))
    except Refused:
        return
    plain = urlsplit(template)
    assert urlsplit(url)[:2] == plain[:2]
    assert urlsplit(url).path.count("/") == plain.path.count("/")
    assert urlsplit(url)[3:] == ("", "")


@given(text=st.text(max_size=40) | WORDS)
@FUZZ
def test_addresses_and_branches_are_no_options(text: str) -> None:
    for check in (check_url, check_branch):
        try:
            assert check(text) == text
        except Refused:
            continue
        assert not text.startswith("-")
        assert text.isprintable()
        assert " " not in text


@given(data=st.data())
@FUZZ
def test_a_lock_of_debian_packages_comes_back(data: st.DataObject, outcome, spoilt) -> None:
    text = data.draw(spoilt(LOCK) | st.binary(max_size=100)).decode(errors="replace")
    found = outcome(lambda: parse_lock(text, "x.lock"))
    if not isinstance(found, Failure):
        assert parse_lock(format_lock(found), "x.lock") == found
        assert all(deb.path.startswith("pool/") and ".." not in deb.path.split("/") for deb in found.debs)


@given(data=st.data())
@FUZZ
def test_words_of_apt_and_rpm_are_understood_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    def said(good: bytes) -> str:
        return data.draw(spoilt(good) | st.binary(max_size=60)).decode(errors="replace")

    uris, targets = said(URIS), said(TARGETS)
    found = outcome(lambda: parse_uris(uris, "https://deb.invalid/debian/"))
    assert isinstance(found, Failure) or all(deb.path.startswith("pool/") for deb in found)
    outcome(lambda: pick_mirror(targets))
    assert _problem(SpecQuestion(file="x/a.spec", text=b""), said(RPM)).what
    assert to_spdx(said(COPYRIGHT))


@given(
    subject=st.text(st.characters(codec="utf-8", exclude_characters="\0\x01"), max_size=20),
    blobs=st.lists(st.binary(max_size=40), max_size=4),
)
@FUZZ
def test_gits_own_records_are_taken_apart(subject: str, blobs: list[bytes]) -> None:
    record = f"{'a' * 40}\0Somebody\0a@example.org\0{12}\0{subject}\0\0:000000 100644 {'0' * 40} {'b' * 40} A\0locks/x.lock\0"
    (touched,) = _touched(record.encode())
    assert (touched.subject, touched.path, touched.blob) == (subject, "locks/x.lock", "b" * 40)
    ids = [f"{number:040x}" for number in range(len(blobs))]
    said = b"".join(f"{id_} blob {len(blob)}\n".encode() + blob + b"\n" for id_, blob in zip(ids, blobs, strict=True))
    assert dict(_read_batch(said, ids)) == dict(zip(ids, blobs, strict=True))
