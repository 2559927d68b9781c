"""What Typer does for the command line: help, the version, and what to say of a mistyped verb.

Imported only where that is asked for, since Typer and what it rests on take half a second. Never runs anything but the verbs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from servsim.cli.main import Run, Verb

PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
SHAPE = "[OPTIONS] [KEY=VALUE]..."


class Mistyped(Exception):
    """What was typed is no verb and no option."""


def called(words: Sequence[str], verbs: Mapping[str, Verb]) -> int:
    """Do what the words say and return the exit code.

    Raises
    ------
    Mistyped
        They say nothing that servsim knows.
    """
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(servsim)
    for name, verb in verbs.items():
        app.command(name, context_settings=PASS_ON, short_help=verb.says, options_metavar=SHAPE)(_command(verb.run))
    try:
        code = app(list(words), standalone_mode=False, prog_name="servsim")
    except typer.TyperException as error:
        raise Mistyped(error.format_message()) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0


def servsim(
    version: Annotated[bool, typer.Option("--version", callback=lambda is_asked: _print_version(is_asked), is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    """Simulate a service operation: counters, phone lines, account executives who may be away.

    Try: servsim run scenario=phone_shop replications=5 teams.clerks.agents=5
    """


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from servsim import __version__

        print(f"servsim {__version__}")
        raise typer.Exit


def _command(run: Run) -> Callable[[typer.Context], int]:
    """Return a verb as Typer takes it: its words are what is left over."""

    def command(context: typer.Context) -> int:
        return run(context.args)

    command.__doc__ = run.__doc__
    return command
