"""The one command `hw`: global options, verbs loaded when named, every Problem shown the same way."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater import __version__
from headwater.cli import ending
from headwater.cli.anywhere import hoist
from headwater.errors import Failure, Kind, fail

if TYPE_CHECKING:
    from headwater.cli.setting import Setting

# verb -> (module in cli/words, attribute, one line for --help); in the order of the story
VERBS = {
    "world": ("world", "world", "The whole story, resumed where it stopped"),
    "check": ("derive", "check", "Everything that is wrong with the project, at once"),
    "list": ("derive", "listing", "What the project makes, and where each part comes from"),
    "show": ("derive", "show", "One component with all its settings resolved"),
    "update": ("update", "update", "Look up what upstream has, and lock it"),
    "changed": ("changed", "changed", "What moved between revisions or since the locks, and why"),
    "render": ("render", "render", "Write the rendered package folders; --check tells drift"),
    "diff": ("derive", "diff", "Upstream against rendered, each change under its reason"),
    "overlay": ("overlay", "overlay", "Lint, explain, compare and infer deviations"),
    "build": ("build", "build", "Build packages; --shell opens the build root"),
    "test": ("test", "test", "Run the tests of built packages, where nothing else is"),
    "bootstrap": ("bootstrap", "bootstrap", "Show cycles of components, and prove that they close"),
    "keys": ("publish", "keys", "The signing key of the project"),
    "repo": ("publish", "repo_group", "Publish, check and serve the repository"),
    "image": ("image", "image", "Build, boot and check images"),
    "config": ("config", "config", "Settings: as read, their schema, and which line gave which"),
    "component": ("azldev", "component", "Components in azldev's words"),
    "package": ("package", "package", "Binary packages in azldev's words"),
    "why": ("evidence", "why", "Where a file, package or spec line comes from, to the last overlay"),
    "sbom": ("evidence", "sbom", "The bill of materials of an image"),
    "toolbox": ("workshop", "toolbox", "The root filesystem with the field's tools"),
    "bridge": ("workshop", "bridge", "The packages that still come from Debian"),
    "store": ("workshop", "store", "Results by digest: list, collect, verify"),
}
ALIASES = {"comp": "component", "pkg": "package"}  # azldev's short forms
FORMATS = ("table", "json", "csv", "markdown")


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is named, so that `hw --version` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        verb = ALIASES.get(cmd_name, cmd_name)
        if verb not in VERBS:
            return None
        module, attribute, _ = VERBS[verb]
        command = getattr(importlib.import_module(f"headwater.cli.words.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from headwater.suggest import nearest  # noqa: PLC0415 only for who mistypes

            close = nearest(args[0], VERBS)
            raise fail(Kind.USAGE, f"`{args[0]}` is no verb of `hw`", hint=f"did you mean `{close}`?" if close else "hw --help")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl([(name, words) for name, (_, _, words) in VERBS.items()])


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option(
    "-C", "--project", "directory", type=click.Path(path_type=Path), default=Path(), help="The project, or a folder below it."
)
@click.option(
    "--config-file", "config_files", type=click.Path(path_type=Path), multiple=True, help="One more file; later ones win."
)
@click.option("--no-default-config", is_flag=True, help="Without the layouts of repositories that are built in.")
@click.option("--permissive-config", is_flag=True, help="Warn where the project breaks a rule, and go on.")
@click.option("--store", type=click.Path(path_type=Path), help="Where results are kept [default: $XDG_CACHE_HOME/headwater].")
@click.option("-O", "--output-format", "style", type=click.Choice(FORMATS), default="table", help="How answers are written.")
@click.option("--json", "as_json", is_flag=True, help="The same as -O json.")
@click.option("--offline", is_flag=True, help="Fetch nothing; what the store has must do.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Actions at once [default: all cores].")
@click.option(
    "--engine", metavar="URL", envvar="HEADWATER_ENGINE", help="Where builds run: grpcs://HOST[:PORT][/INSTANCE], or `local`."
)
@click.option(
    "--cache", metavar="URL", envvar="HEADWATER_CACHE", help="Whose results of builds count, too; `none` for nobody's."
)
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be done, and why.")
@click.option("-v", "--verbose", is_flag=True, help="Show every step, also those that had nothing to do.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option("--network-retries", type=click.IntRange(1), default=3, help="How often a network is tried [default: 3].")
@click.option("-y", "--accept-all", is_flag=True, hidden=True, help="azldev's; Headwater asks nothing.")
@click.option("--color", hidden=True, help="azldev's; colours are for terminals.")
@click.version_option(__version__, prog_name="hw")
@click.pass_context
def hw(
    ctx: click.Context,
    *,
    directory: Path,
    config_files: tuple[Path, ...],
    no_default_config: bool,
    permissive_config: bool,
    store: Path | None,
    style: str,
    as_json: bool,
    offline: bool,
    jobs: int,
    engine: str | None,
    cache: str | None,
    dry_run: bool,
    verbose: bool,
    quiet: bool,
    network_retries: int,
    accept_all: bool,
    color: str | None,
) -> None:
    """Derive your own Linux distribution: overlays with reasons in, signed and self-explaining images out."""
    del accept_all, color
    from headwater.cli.output import make_reporter  # noqa: PLC0415 `--help` and `--version` stay quick
    from headwater.cli.setting import Setting  # noqa: PLC0415 as above
    from headwater.config import Given  # noqa: PLC0415 as above
    from headwater.progress import report_to  # noqa: PLC0415 as above

    shape = "json" if as_json else style
    report_to(make_reporter("quiet" if quiet else "json" if shape == "json" else "auto", verbose=verbose))
    opened = ctx.obj
    ctx.obj = Setting(
        directory=directory,
        given=Given(config_files=config_files, defaults=not no_default_config, permissive=permissive_config),
        store=store,
        style=shape,
        offline=offline,
        jobs=jobs,
        engine=engine,
        cache=cache,
        dry_run=dry_run,
        retries=network_retries,
        verbose=verbose,
    )
    if opened is not None:
        opened.append(ctx.obj)


def main() -> None:
    """Run `hw`; a Failure is shown as its problems and becomes the exit code of the first one's kind."""
    for sign in (signal.SIGTERM, signal.SIGHUP):  # a CI that gives up, a terminal that is closed: the same as Ctrl-C
        if signal.getsignal(sign) is signal.SIG_DFL:
            signal.signal(sign, signal.default_int_handler)
    as_json = "--json" in sys.argv or "json" in sys.argv
    opened: list[Setting] = []
    try:
        code = hw(hoist(sys.argv[1:]), standalone_mode=False, obj=opened)
        sys.stdout.flush()  # here it is told if nobody takes it
    except click.exceptions.Abort:
        code = ending.stopped(as_json=as_json)
    except click.ClickException as error:
        error.show()
        code = Kind.USAGE.value
    except Failure as failure:
        code = ending.show(opened[0].located(failure) if opened else failure, as_json=as_json)
    except KeyboardInterrupt:
        code = ending.stopped(as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = ending.show(Failure([ending.of_machine(error)]), as_json=as_json)
    except Exception as error:  # noqa: BLE001 the last door: a broken invariant is told like everything else
        code = ending.show(Failure([ending.broken(error)]), as_json=as_json)
    ending.leave(code if isinstance(code, int) else 0)
