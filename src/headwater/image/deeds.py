"""Reads scriptlets without running them: which commands stand in them, and what sort of deed each is.

What a helper put there is known by the marks that it leaves (debhelper(7)); the rest is read as shell, command by command.
A word that is not known is a deed of its own sort, so that nothing passes because nobody thought of it.
"""

from __future__ import annotations

import re
from enum import Enum


class Deed(Enum):
    """What a scriptlet would do to an installed system."""

    LDCONFIG = "writes the loader's cache"
    UNITS = "enables and starts units"
    USERS = "makes users and groups"
    TMPFILES = "makes what tmpfiles.d says"
    MODULES = "maps kernel modules, makes an initrd"
    HWDB = "compiles udev's database"
    CATALOG = "compiles the journal's catalog"
    CERTIFICATES = "gathers certificates"
    BYTECODE = "compiles Python"
    UPGRADE = "tidies up after older versions"
    QUESTIONS = "asks the administrator"
    ALTERNATIVES = "links to one of several programs"
    OWNERS = "gives files to others, or other modes"
    FILES = "makes, moves or removes files"
    LOGINS = "configures logins, shells and names"
    CACHES = "compiles caches"
    MENUS = "lists pages, menus and icons"
    OTHER = "does something that is not known here"


HELPERS = {
    "dh_installsystemd": Deed.UNITS,
    "dh_installsystemduser": Deed.UNITS,
    "dh_installinit": Deed.UNITS,
    "dh_runit": Deed.UNITS,
    "dh_python3": Deed.BYTECODE,
    "dh_installdeb": Deed.UPGRADE,
    "dh_installtmpfiles": Deed.TMPFILES,
    "dh_installsysusers": Deed.USERS,
    "dh_installalternatives": Deed.ALTERNATIVES,
    "dh_installnss": Deed.LOGINS,
    "dh_usrlocal": Deed.FILES,
    "dh_installxmlcatalogs": Deed.CACHES,
    "dh_installmenu": Deed.MENUS,
    "dh_icons": Deed.MENUS,
    "dh_makeshlibs": Deed.LDCONFIG,
}
COMMANDS = {
    Deed.LDCONFIG: "ldconfig",
    Deed.UNITS: "systemctl deb-systemd-helper deb-systemd-invoke invoke-rc.d update-rc.d service runlevel init telinit",
    Deed.USERS: "adduser addgroup useradd groupadd usermod groupmod deluser delgroup systemd-sysusers update-passwd",
    Deed.TMPFILES: "systemd-tmpfiles",
    Deed.MODULES: "depmod update-initramfs linux-update-symlinks modprobe kernel-install run-parts",
    Deed.HWDB: "systemd-hwdb udevadm",
    Deed.CATALOG: "journalctl",
    Deed.CERTIFICATES: "update-ca-certificates",
    Deed.BYTECODE: "py3compile py3clean",
    Deed.UPGRADE: "dpkg-maintscript-helper",
    Deed.QUESTIONS: (
        "db_get db_set db_input db_go db_stop db_version db_fset db_purge db_subst db_unregister db_metaget db_capb "
        "db_settitle db_reset db_beginblock db_endblock db_title db_x_loadtemplatefile db_register"
    ),
    Deed.ALTERNATIVES: "update-alternatives",
    Deed.OWNERS: "chown chgrp chmod dpkg-statoverride setcap setfacl",
    Deed.FILES: "mkdir rmdir install touch ln cp mv rm tee truncate mktemp tempfile mknod dpkg-divert ucf ucfr bootctl",
    Deed.LOGINS: "pam-auth-update add-shell remove-shell update-shells chsh passwd",
    Deed.CACHES: "update-xmlcatalog update-catalog glib-compile-schemas gio-querymodules locale-gen update-binfmts",
    Deed.MENUS: "install-info update-mime-database update-desktop-database fc-cache gtk-update-icon-cache",
}
KNOWN = {word: deed for deed, words in COMMANDS.items() for word in words.split()}
# words that read, decide or print
IDLE = frozenset(
    """
    set exit return echo printf test [ [[ true false : local shift export unset trap read cd getent getcap id which command
    dpkg dpkg-query dpkg-trigger grep egrep fgrep sed awk cut head tail sort uniq tr wc cat ls readlink realpath basename
    dirname uname ischroot stat find cmp diff md5sum sha256sum expr seq sleep ps pidof umask hash type wait eval exec .
    source break continue if then elif else fi for while until do done case esac in { } ( ) ! xargs date logger env perl
    mountpoint findmnt iconv
    """.split()  # noqa: SIM905 a list of so many words is read as text
)
SHELLS = ("sh", "bash", "dash")
LONGEST = 1 << 16  # letters of a scriptlet: patterns that look ahead take their time, and the longest known has a quarter of it
SECTION = re.compile(r"^# Automatically added by (\w+).*?^# End automatically added section$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1([^\n]*)\n(?:.*?\n)?[ \t]*\2$", re.MULTILINE | re.DOTALL)
NOISE = re.compile(  # comments, and quoted words: what is run inside double quotes stays
    r"""(?:^|(?<=\s))#[^\n]*|'[^']*'|"(?:\\.|[^"\\])*\"""", re.MULTILINE | re.DOTALL
)
LABEL = re.compile(r"^\s*\(?[\w$*.?+/\[\]-]*(?:\s*\|\s*[\w$*.?+/\[\]-]*)*\)", re.MULTILINE)  # of `case`
QUOTED = "quoted-words"  # stands for them, also where they are the name of a command
FUNCTION = re.compile(r"^\s*(?:function\s+)?([A-Za-z_]\w*)\s*\(\)", re.MULTILINE)
WRITES = re.compile(r"(?<![<>&\d=-])>{1,2}\s*(?!&|/dev/null|/dev/stderr)[\w$\"'/{]|sed\s+(?:-\w+\s+)*-i")
BREAKS = re.compile(r"[;\n`]|&&|\|\|?|\$\(|\bthen\b|\bdo\b|\belse\b|[{(]\s|!\s|\bif\b|\belif\b|\bwhile\b|\bexec\b")
ASSIGNMENTS = re.compile(r"^\s*(?:[A-Za-z_]\w*\+?=\S*(?:\s+|$))+")
WORD = re.compile(r"\s*([\w./:\[-]+)")


def deeds_of(script: str) -> dict[Deed, tuple[str, ...]]:
    """The deeds of one scriptlet, each with the commands or helpers that do it, sorted.

    A first line `#!` names who reads it; of another language than the shell's nothing is known, and without more the program
    itself is what is run (rpm's `-p /sbin/ldconfig`).
    """
    if len(script) > LONGEST:
        return {Deed.OTHER: ("more than is read",)}
    found: dict[Deed, set[str]] = {}
    reader = re.match(r"#!\s*(\S+)[^\n]*", script)
    if reader and reader[1].rpartition("/")[2] not in SHELLS:
        if script[reader.end() :].strip():
            return {Deed.OTHER: (f"a script for {reader[1]}",)}
        script = reader[1]
    for helper in SECTION.findall(script):
        found.setdefault(HELPERS.get(helper, Deed.OTHER), set()).add(helper)
    text = HEREDOC.sub(r"\3\n", SECTION.sub("\n", script).replace("\\\n", " "))
    text = LABEL.sub(" ", NOISE.sub(_bare, text))
    own = set(FUNCTION.findall(text))
    for word in _commands(text) - own - IDLE:
        found.setdefault(KNOWN.get(word, Deed.OTHER), set()).add(word)
    if WRITES.search(text):
        found.setdefault(Deed.FILES, set()).add("writes to a file")
    return {deed: tuple(sorted(words)) for deed, words in sorted(found.items(), key=lambda pair: list(Deed).index(pair[0]))}


def _bare(match: re.Match[str]) -> str:
    runs = re.findall(r"\$\([^()]*\)|`[^`]*`", match[0]) if match[0].startswith('"') else []
    return f"{QUOTED} {' '.join(runs)}" if match[0][0] in "\"'" else ""


def _commands(text: str) -> set[str]:
    """First words of simple commands, without folders; keywords, assignments and options are none."""
    parts = (ASSIGNMENTS.sub("", part) for part in BREAKS.split(text))
    words = {match[1].rpartition("/")[2] for part in parts if (match := WORD.match(part))}
    return {word for word in words if re.fullmatch(r"[A-Za-z_\[:.][\w.:+-]*", word)}
