"""A root that WSL takes as it is, and one change for each rule."""

import stat
from collections.abc import Callable

import pytest

from headwater.config.images import WslRule
from headwater.image.model import Entry, Ids, Root
from headwater.image.wsl_rules import CONF, DISTRIBUTION, wsl_problems
from headwater.origin import Origin

OOBE = "/usr/lib/wsl/oobe.sh"
TEXTS = {
    DISTRIBUTION: f"[oobe]\ncommand = {OOBE}\ndefaultUid = 1000\ndefaultName = Alki\n",
    CONF: "[boot]\nsystemd = true\n",
    OOBE: "#!/bin/sh\n",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/bin/false\n",
    "/etc/shadow": "root:!unprovisioned:1::::::\ndaemon:!*:1::::::\n",
    "/usr/bin/bash": "ELF",
    "/usr/bin/getent": "ELF",
    "/usr/bin/passwd": "ELF",
    "/usr/sbin/useradd": "ELF",
    "/usr/sbin/userdel": "ELF",
    "/usr/lib/systemd/systemd": "ELF",
    "/usr/lib/systemd/system/tmp.mount": "[Mount]",
}
LINKS = {
    "/bin": "usr/bin",
    "/sbin": "usr/sbin",
    "/usr/bin/sh": "bash",
    "/usr/sbin/init": "../lib/systemd/systemd",
    "/usr/lib/systemd/system/local-fs.target.wants/tmp.mount": "../tmp.mount",
    "/etc/systemd/system/tmp.mount": "/dev/null",
}
FISH = {"shell": "/usr/bin/fish"}
FOLDERS = ("/", "/etc", "/usr", "/usr/bin", "/usr/lib", "/usr/sbin", "/usr/lib/systemd", "/usr/lib/wsl")


class Tree:
    """Texts, links and odd modes, changed by a test and then read as a root."""

    def __init__(self) -> None:
        self.texts, self.links = dict(TEXTS), dict(LINKS)
        self.modes = {OOBE: 0o755}
        self.owners: dict[str, str] = {}
        self.rule = WslRule(groups=("adm",))

    def problems(self) -> list[str]:
        files = [
            Entry(
                path=path, mode=stat.S_IFREG | self.modes.get(path, 0o644), user=self.owners.get(path, "root"), size=len(text)
            )
            for path, text in self.texts.items()
        ]
        links = [Entry(path=path, mode=stat.S_IFLNK | 0o777, target=target) for path, target in self.links.items()]
        folders = [Entry(path=path, mode=stat.S_IFDIR | 0o755) for path in FOLDERS]
        entries = sorted([*files, *links, *folders], key=lambda entry: entry.path)
        root = Root(entries=tuple(entries), ids=Ids(users={"root": 0}, groups={"root": 0, "adm": 4}), epoch=0)
        where = Origin(file="images/wsl.toml", line=3)
        found = wsl_problems(root, lambda entry: self.texts[entry.path].encode(), self.rule, where)
        assert all(problem.where == where and problem.why for problem in found)
        return [problem.what for problem in found]


@pytest.fixture
def tree() -> Tree:
    return Tree()


def test_a_root_as_it_should_be(tree):
    assert tree.problems() == []


def put(path: str, text: str, mode: int = 0o644) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        tree.texts[path] = text
        tree.modes[path] = mode

    return change


def drop(*paths: str) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        for path in paths:
            tree.texts.pop(path, None)
            tree.links.pop(path, None)

    return change


def more(path: str, text: str) -> Callable[[Tree], None]:
    return lambda tree: tree.texts.update({path: tree.texts[path] + text})


def link(path: str, target: str) -> Callable[[Tree], None]:
    return lambda tree: tree.links.update({path: target})


def distribution(old: str, new: str) -> Callable[[Tree], None]:
    return lambda tree: tree.texts.update({DISTRIBUTION: TEXTS[DISTRIBUTION].replace(old, new)})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (drop(DISTRIBUTION), DISTRIBUTION),
        (drop(CONF), CONF),
        (lambda tree: tree.modes.update({CONF: 0o600}), CONF),
        (lambda tree: tree.owners.update({DISTRIBUTION: "daemon"}), DISTRIBUTION),
        (put(CONF, "boot\n"), "cannot be read"),
        (distribution("defaultName = Alki", ""), "oobe.defaultName"),
        (distribution("1000", "1001"), "oobe.defaultUid"),
        (distribution("defaultUid = 1000\n", ""), "oobe.defaultUid"),
        (distribution("[oobe]\n", "[oobe]\ndefaultUuid = 1\n"), "oobe.defaultuuid"),
        (more(DISTRIBUTION, "[shortcuts]\nicon = x\n"), "shortcuts.icon"),
        (drop(OOBE), OOBE),
        (lambda tree: tree.modes.update({OOBE: 0o644}), OOBE),
        (more("/etc/passwd", "robin:x:1000:1000::/home/robin:/bin/bash\n"), "`robin`"),
        (more(DISTRIBUTION, "[shortcut]\nicon = /usr/lib/wsl/a.ico\n"), "/usr/lib/wsl/a.ico"),
        (more(DISTRIBUTION, "[windowsterminal]\nprofileTemplate = /usr/lib/wsl/p.json\n"), "/usr/lib/wsl/p.json"),
        (drop("/usr/sbin/useradd"), "/usr/sbin/useradd"),
        (lambda tree: setattr(tree, "rule", WslRule(**FISH)), "/usr/bin/fish"),
        (lambda tree: setattr(tree, "rule", WslRule(groups=("wheel",))), "`wheel`"),
        (put("/etc/resolv.conf", ""), "/etc/resolv.conf"),
        (link("/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf"), "/etc/resolv.conf"),
        (put("/etc/passwd", "admin:x:0:0::/root:/bin/sh\n"), "no root"),
        (put("/etc/passwd", "root:x:1:0::/root:/bin/sh\n"), "no root"),
        (drop("/etc/passwd"), "no root"),
        (more("/etc/passwd", "toor:x:0:0::/root:/bin/sh\n"), "uid 0"),
        (more("/etc/shadow", "robin:$y$j9T$salt$hash:1::::::\n"), "`robin` has a password hash"),
        (more("/etc/shadow", "robin:!$6$locked:1::::::\n"), "`robin` has a password hash"),
        (put("/boot/vmlinuz-7.2", "MZ"), "/boot/vmlinuz-7.2"),
        (put("/boot/initrd.img-7.2", "cpio"), "/boot/initrd.img-7.2"),
        (put("/usr/lib/modules/7.2/vmlinuz", "MZ"), "/usr/lib/modules/7.2/vmlinuz"),
        (drop("/usr/bin/sh"), "/bin/sh"),
        (link("/usr/bin/sh", "sh"), "/bin/sh"),  # a link to itself
        (drop("/usr/sbin/init"), "/sbin/init"),
        (drop("/usr/lib/systemd/systemd"), "/sbin/init"),
        (drop("/etc/systemd/system/tmp.mount"), "`tmp.mount`"),
        (link("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", "/x"), "`systemd-networkd.service`"),
        (
            link("/usr/lib/systemd/user/basic.target.wants/systemd-tmpfiles-clean.timer", "../x"),
            "`systemd-tmpfiles-clean.timer`",
        ),
    ],
)
def test_each_rule(change, told, tree):
    change(tree)
    (what,) = tree.problems()
    assert told in what


def test_an_icon_and_a_profile_where_wsl_looks(tree):
    tree.texts[DISTRIBUTION] += "[shortcut]\nicon = /usr/share/wsl/a.ico\n"
    tree.texts[DISTRIBUTION] += "[windowsterminal]\nprofileTemplate = /usr/lib/wsl/p.json\n"
    tree.texts |= {"/usr/share/wsl/a.ico": "icon", "/usr/lib/wsl/p.json": "{}"}
    assert tree.problems() == []


def test_an_icon_elsewhere_and_of_another_kind(tree):
    tree.texts[DISTRIBUTION] += "[shortcut]\nicon = /usr/share/a.png\n"
    tree.texts["/usr/share/a.png"] = "picture"
    assert len(tree.problems()) == 2


def test_without_systemd_nobody_asks_for_it(tree):
    tree.texts[CONF] = "[boot]\nsystemd = false\n"
    drop("/usr/sbin/init", "/etc/systemd/system/tmp.mount")(tree)
    assert tree.problems() == []


def test_without_a_first_run_any_uid_may_start(tree):
    tree.texts[DISTRIBUTION] = "[oobe]\ndefaultUid = 0\ndefaultName = Alki\n"
    assert tree.problems() == []


def test_an_own_first_run_needs_what_it_needs(tree):
    tree.rule = WslRule(command=OOBE, groups=("wheel",))
    drop("/usr/sbin/useradd")(tree)
    assert tree.problems() == []


def test_an_empty_unit_masks_too(tree):
    del tree.links["/etc/systemd/system/tmp.mount"]
    tree.texts["/etc/systemd/system/tmp.mount"] = ""
    assert tree.problems() == []
