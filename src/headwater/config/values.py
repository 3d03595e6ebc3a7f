"""What single values may be: each function says why a text is not acceptable, or nothing."""

from __future__ import annotations

import functools
import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")  # safe as a file name, in a URL and in an rpm name
MACRO = re.compile(r"[A-Za-z0-9._+-]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def bad_name(text: str) -> str:
    return (
        ""
        if NAME.fullmatch(text)
        else "a name begins with a letter or digit and goes on with letters, digits, `.`, `_`, `+`, `-`"
    )


def bad_macro(text: str) -> str:
    return "" if MACRO.fullmatch(text) else "a macro's name has letters, digits, `.`, `_`, `+`, `-`"


def bad_word(text: str) -> str:
    return "" if text and not re.search(r"\s", text) else "expected a word without white space"


def bad_line(text: str) -> str:
    if not text.strip():
        return "it is empty"
    return "it has more than one line" if "\n" in text else ""


def bad_absolute(text: str) -> str:
    """A path of a root filesystem: from `/`, and with no way out of it."""
    if not text.startswith("/"):
        return "expected a path that begins with `/`"
    return "`..` is no part of such a path" if ".." in text.split("/") else ""


def bad_relative(text: str) -> str:
    """A path or glob below some folder, and with no way out of it."""
    if not text:
        return "it is empty"
    if text.startswith("/"):
        return "expected a path relative to the package's folder"
    return "`..` leads out of the package's folder" if ".." in text.split("/") else ""


def bad_file_name(text: str) -> str:
    if text in {"", ".", ".."} or not re.fullmatch(r"[!-.0-\[\]-~]+", text):
        return "expected a plain ASCII file name without white space or separators"
    return ""


def bad_mode(text: str) -> str:
    return "" if re.fullmatch(r"0?[0-7]{3,4}", text) else "expected an octal mode such as `0644`"


def bad_owner(text: str) -> str:
    return "" if re.fullmatch(r"[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*", text) else "expected `user:group`"


@functools.cache
def _quiet() -> Any:
    """RE2's options, but that it writes no error to the terminal."""
    import re2  # noqa: PLC0415 as below

    options = re2.Options()
    options.log_errors = False
    return options


def bad_regex(text: str) -> str:
    """RE2's own complaint (https://github.com/google/re2/wiki/Syntax)."""
    if not text:
        return "it is empty and would match everywhere"
    import re2  # noqa: PLC0415 it takes a while to load, and not every project has a regex

    try:
        re2.compile(text, _quiet())
    except re2.error as error:
        said = error.args[0]
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return ""


def bad_uri(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        return str(error)
    if parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"\s", text):
        return ""
    return "expected an address that begins with `https://` or `http://`"


def bad_moment(text: str) -> str:
    """A time as RFC 3339 writes it."""
    try:
        moment = datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError as error:
        return str(error)
    return "" if moment else "expected a time as RFC 3339 writes it, with its offset, such as `2026-02-24T00:00:00Z`"


def bad_day(text: str) -> str:
    """A day as RFC 3339 writes it."""
    wanted = "expected a day such as `2027-01-31`"
    try:
        return "" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text) else wanted
    except ValueError as error:
        return f"{error}; {wanted}"


def bad_channel(text: str) -> str:
    return "expected a folder's name or `none`" if text in {".", ".."} or re.search(r"[/\\]", text) else ""


def bad_digest(text: str, digits: int) -> str:
    if re.fullmatch(rf"[0-9a-f]{{{digits}}}", text):
        return ""
    return f"expected {digits} lower-case hexadecimal digits, found {len(text)} characters"
