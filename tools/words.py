"""Write the words of `hw --help` into README.md and docs/reference/hw.md; `make docs` calls it, a house test compares."""

import inspect
import re
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


def main() -> None:
    (ROOT / "docs/reference/hw.md").write_text(reference())
    page = ROOT / "README.md"
    page.write_text(readme(page.read_text()))


if __name__ == "__main__":
    main()
