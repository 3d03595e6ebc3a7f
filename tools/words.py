"""Write the words of `hw --help` into README.md and docs/reference/hw.md; `make docs` calls it.

With `--check` it writes nothing and says by its exit code whether they are there: a house test calls it.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from headwater.cli.main import hw
from headwater.errors import Kind

ROOT = Path(__file__).parents[1]


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Every verb's path and its help, depth first, 100 columns wide."""
    narrow = {"terminal_width": 100, "max_content_width": 100}
    context = click.Context(command, info_name=name, parent=parent, **{**command.context_settings, **narrow})
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found
            yield from helps(found, inner, context)


def reference() -> str:
    pages = [f"## `{path}`\n\n```\n{words}\n```" for path, words in helps(hw, "hw")]
    codes = re.findall(r"(\w+) = (\d+)  # (.*)", inspect.getsource(Kind))
    rows = "\n".join(f"| {code} | {name.lower()} | {words} |" for name, code, words in codes)
    table = f"## Exit codes\n\n| code | kind | what went wrong |\n|---|---|---|\n| 0 | | nothing |\n{rows}"
    return "# The words of `hw`\n\nMade by `make docs` from the program itself.\n\n" + "\n\n".join([*pages, table]) + "\n"


def readme(text: str) -> str:
    words = next(helps(hw, "hw"))[1]
    block = f"<!-- help -->\n```\n{words}\n```\n<!-- /help -->"
    return re.sub(r"<!-- help -->.*<!-- /help -->", lambda _: block, text, flags=re.DOTALL)


def main() -> int:
    page, words = ROOT / "README.md", ROOT / "docs/reference/hw.md"
    wanted = {words: reference(), page: readme(page.read_text())}
    stale = [path for path, text in wanted.items() if path.read_text() != text]
    if "--check" in sys.argv:
        print("".join(f"{path.relative_to(ROOT)} is not what `hw --help` says: make docs\n" for path in stale), end="")
        return len(stale)
    for path in stale:
        path.write_text(wanted[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
