"""The command ``helioscope``: finds a verb's file when the verb is called, and no sooner."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

import helioscope
from helioscope.cli.garbage import spare_the_end, spare_the_start
from helioscope.cli.output import fault_message
from helioscope.errors import ExitCode, HelioscopeError, OutputError, nearest
from helioscope.execution.interruption import interruptible
from helioscope.terminal import make_logs_plain, plain

#: verb -> (module:attribute, one line of help). The module is imported when the verb is used.
VERBS: dict[str, tuple[str, str]] = {
    "demo": (
        "helioscope.cli.demo:command",
        "A small simulated campaign, from raw data to a limit.",
    ),
    "simulate": ("helioscope.cli.simulate:command", "Write raw events with their truth."),
    "run": ("helioscope.cli.run:command", "Reconstruct the runs of a job."),
    "calibrate": ("helioscope.cli.calibrate:command", "Make calibrations from calibration runs."),
    "train": ("helioscope.cli.train:command", "Train discriminators and report on them."),
    "validate": ("helioscope.cli.validate:command", "Compare a detector with simulated truth."),
    "reprocess": ("helioscope.cli.reprocess:command", "Process archived runs again."),
    "export": (
        "helioscope.cli.export:command",
        "Write products as ROOT trees, CSV or OGIP event lists.",
    ),
    "sun": ("helioscope.cli.sun:command", "Where the Sun was and where the magnet pointed."),
    "axion": ("helioscope.cli.axion:command", "Axion flux, conversion, expected counts, limits."),
    "inspect": ("helioscope.cli.inspect:command", "Say what a file is and holds."),
    "display": ("helioscope.cli.display:command", "Draw events of a run."),
    "diff": ("helioscope.cli.diff:command", "Say why two products differ."),
    "verify": ("helioscope.cli.verify:command", "Check files against the catalogue; tidy up."),
    "catalog": (
        "helioscope.cli.catalog:command",
        "Look up and enter runs, calibrations, tags, jobs.",
    ),
    "schema": ("helioscope.cli.schema:command", "Print the tables of every product and plugin."),
    "plugins": ("helioscope.cli.plugins:command", "List what is installed and what did not load."),
}


class LazyGroup(click.Group):
    """A group of commands whose modules are imported one by one, on use."""

    def __init__(self, verbs: dict[str, tuple[str, str]], name: str, help: str) -> None:  # noqa: A002
        # every verb below shows the defaults of its options
        super().__init__(name=name, help=help, context_settings={"show_default": True})
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order in which a campaign uses them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module and give its command."""
        if cmd_name not in self.verbs:
            return None
        module, attribute = self.verbs[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take up the command line; what is not UTF-8 neither catalogue nor record could keep."""
        for argument in args:
            if not _is_utf8(argument):
                raise click.UsageError(f"'{plain(argument)}' is not UTF-8", ctx)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a verb; for a wrong one say the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.verbs:
            hint = nearest(args[0], list(self.verbs))
            raise click.UsageError(f"no command '{args[0]}': {hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out a verb; what goes wrong is said while the options are still known."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader (head, less) has what it wanted; click ends quietly
        except (HelioscopeError, OSError) as error:
            fault = _fault_of(error) if isinstance(error, OSError) else error
            fault_message(fault)
            raise click.exceptions.Exit(int(fault.exit_code)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the verbs with their help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in self.verbs.items()])


def cli() -> LazyGroup:
    """Build the top command."""
    group = LazyGroup(
        VERBS,
        name="helioscope",
        help="Reconstruct the X-ray events of an axion helioscope, and what follows from them.\n\n"
        "To begin with: 'helioscope demo', then docs/tutorial.md.",
    )
    version = click.version_option(helioscope.__version__, prog_name="helioscope")
    trace = click.option("--traceback", is_flag=True, help="Print where a fault was raised.")
    decorated: LazyGroup = trace(version(group))
    return decorated


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fault_of(error: OSError) -> HelioscopeError:
    """Give the fault that the system's refusal of a file or a folder is."""
    where = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    fault = OutputError(where=where or "the system", found=error.strerror or str(error))
    fault.__cause__ = error
    return fault


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every fault ends in the exit code of its kind."""
    make_logs_plain()
    if arguments is None:
        spare_the_start()
    try:
        with interruptible():
            result = cli().main(args=arguments, standalone_mode=False)
        code = result if isinstance(result, int) else ExitCode.DONE
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("helioscope: interrupted", err=True)
        code = ExitCode.INTERRUPTED
    if arguments is None:
        spare_the_end()
    sys.exit(int(code))


if __name__ == "__main__":
    main()
