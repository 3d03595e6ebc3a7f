"""A kiwi description becomes tables; what has no counterpart is told with its line; hostile markup is refused."""

from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.image.description import Imported, import_kiwi
from headwater.image.markup import DEEPEST, LARGEST, MOST

BEGIN, END = '<image schemaversion="8.0" name="small">', "</image>"


def take(folder: Path, text: str, **more: object) -> Imported:
    file = folder / "small.kiwi"
    file.write_text(BEGIN + text + END)
    return import_kiwi(file, base=folder, **more)


def test_packages_users_and_container(tmp_path: Path) -> None:
    found = take(
        tmp_path,
        """
        <description type="system"><specification>Small  one</specification></description>
        <preferences><type image="docker"><containerconfig user="web" workingdir="/srv">
          <entrypoint execute="/usr/bin/web"><argument name="--quiet"/></entrypoint>
          <environment><env name="A" value="b"/></environment></containerconfig></type></preferences>
        <users><user name="web" home="/srv" groups="web,adm" password="$y$x"/></users>
        <packages type="bootstrap"><package name="b"/><package name="a"/></packages>
        <packages type="image"><package name="c"/><package name="d" arch="aarch64"/><ignore name="e"/></packages>""",
    )
    image = found.images["small"]
    assert (image["description"], image["kind"]) == ("Small one", "oci")
    assert [group["names"] for group in image["packages"]] == [["a", "b"], ["c"]]
    assert [group["names"] for group in image["exclude"]] == [["e"]]
    assert image["users"] == [
        {
            "name": "web",
            "uid": 1000,
            "home": "/srv",
            "password": "$y$x",
            "groups": ["adm"],
            "reason": image["users"][0]["reason"],
        }
    ]
    oci = {"user": "web", "working-dir": "/srv", "entrypoint": ["/usr/bin/web", "--quiet"], "env": {"A": "b"}}
    assert image["oci"] == oci
    assert found.left == ('small.kiwi:8: package arch="aarch64"', 'small.kiwi:8: package name="d"')


def test_a_disk(tmp_path: Path) -> None:
    kind = 'image="oem" filesystem="ext4" firmware="uefi" format="vhd-fixed" kernelcmdline="quiet a=\'b c\'"'
    found = take(tmp_path, f'<preferences><type {kind}><size unit="G" additive="true">2</size></type></preferences>')
    disk = {"initrd": "initrd", "formats": ["raw", "vhd"], "command-line": ["quiet", "a=b c"], "free": 2048}
    assert found.images["small"]["disk"] == disk
    assert found.left == ()


def test_what_has_no_counterpart_is_told_and_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "config.sh").write_text("rm -rf /")
    found = take(
        tmp_path,
        """
<repository type="rpm-md"><source path="obs://x"/></repository>
<preferences><type image="iso" volid="X"/><keytable>us</keytable></preferences>
<packages type="image"><namedCollection name="core"/><archive name="x.tgz"/></packages>
<packages type="delete"><package name="less"/></packages>
<users><user name="root" password="hunter2" pwdformat="plain"/></users>""",
    )
    told = [line.partition(": ") for line in found.left]
    assert [(place, what.split()[0]) for place, _, what in told] == [
        ("small.kiwi:2", "repository"),
        ("small.kiwi:3", "keytable"),
        ("small.kiwi:3", "type"),
        ("small.kiwi:3", "type"),
        ("small.kiwi:4", "archive"),
        ("small.kiwi:4", "namedCollection"),
        ("small.kiwi:5", "packages"),
        ("small.kiwi:6", "user"),
        ("config.sh", "it"),
    ]
    assert "users" not in found.images["small"]


def test_an_image_for_each_profile_with_what_it_requires(tmp_path: Path) -> None:
    text = """
<profiles><profile name="a"><requires profile="c"/></profile><profile name="b"/><profile name="c"/></profiles>
<packages type="image"><package name="all"/></packages>
<packages type="image" profiles="b,c"><package name="some"/></packages>"""
    names = {
        title: [name for group in image["packages"] for name in group["names"]]
        for title, image in take(tmp_path, text).images.items()
    }
    assert names == {"small-a": ["all", "some"], "small-b": ["all", "some"], "small-c": ["all", "some"]}
    assert list(take(tmp_path, text, profiles=("b",), name="mine").images) == ["mine-b"]
    with pytest.raises(Failure) as failure:
        take(tmp_path, text, profiles=("d",))
    assert failure.value.kind is Kind.USAGE


def test_the_overlay_comes_along(tmp_path: Path) -> None:
    folder = tmp_path / "root" / "etc"
    folder.mkdir(parents=True)
    (folder / "motd").write_text("hi")
    (folder / "motd").chmod(0o755)
    (folder / "link").symlink_to("motd")
    files = {made["path"]: made for made in take(tmp_path, "").images["small"]["files"]}
    assert (files["/etc/motd"]["source"], files["/etc/motd"]["mode"]) == ("root/etc/motd", "755")
    assert files["/etc/link"]["link"] == "motd"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE image [<!ENTITY a "b">]><image>&a;</image>',
        '<!DOCTYPE image SYSTEM "file:///etc/passwd"><image/>',
        "<image>&a;</image>",
        "<image>",
        "<html/>",
        "",
        "<image>" * (DEEPEST + 1) + "</image>" * (DEEPEST + 1),
        "<image>" + "<a/>" * MOST + "</image>",
        "<image>" + " " * LARGEST + "</image>",
        '<?xml version="1.0" encoding="nonsense"?><image/>',
        "<image>\0</image>",
    ],
    ids=["entities", "outside", "undefined", "open", "other", "empty", "deep", "many", "large", "encoding", "nul"],
)
def test_hostile_markup_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.kiwi").write_text(text)
    with pytest.raises(Failure) as failure:
        import_kiwi(tmp_path / "x.kiwi", base=tmp_path)
    assert failure.value.kind is Kind.SOURCE
    assert failure.value.problems[0].where


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        import_kiwi(tmp_path / "x.kiwi", base=tmp_path)
    assert failure.value.kind is Kind.USAGE
