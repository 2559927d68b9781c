"""The command ``servsim``: its verbs, and what happens to errors on their way to a user.

::

    verb, words -> sort_arguments -> RunSettings -> the verb -> text on stdout; progress and problems on stderr
         |
         +-- help, version, no such verb --> servsim.cli.typer_app

Exit codes: 0 done; 2 something asked for is wrong; 70 a defect of servsim; 130 Ctrl-C. No traceback reaches a user.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from servsim.errors import InvariantError, ServsimError

REFUSED, DEFECT, INTERRUPTED = 2, 70, 130

Run = Callable[[list[str]], int]


class Verb(NamedTuple):
    """A verb of the command line."""

    says: str
    """What it does, in the list of verbs; its docstring says it in full."""
    run: Run
    """Takes words, returns an exit code."""


VERBS: dict[str, Verb] = {}
"""Every verb by name, in the order in which they are listed."""


def _verb(name: str, says: str) -> Callable[[Run], Run]:
    def make(verb: Run) -> Run:
        VERBS[name] = Verb(says, verb)
        return verb

    return make


@_verb("run", "Simulate a scenario and print its measures.")
def run_verb(words: list[str]) -> int:
    """Simulate a scenario and print its measures with confidence intervals.

    servsim run scenario=phone_shop replications=30 teams.clerks.agents=5

    Words are run settings (scenario, replications, precision, seed, study, output, replay ...; all of them stand in
    conf/config.yaml) or paths of the scenario with new values, as in its file: 'reasons.walk_in.talk=12 min'
    """
    from servsim.cli.run import run_and_print

    return run_and_print(words)


@_verb("sweep", "Run every combination of several values.")
def sweep_verb(words: list[str]) -> int:
    """Run every combination of several values into one table: teams.clerks.agents=3,4,5 seed=1,2

    servsim sweep scenario=phone_shop teams.clerks.agents=3,4,5 'reasons.walk_in.arrivals.per_day=range(100,140,10)'
    """
    from servsim.cli.sweep import sweep_and_print

    return sweep_and_print(words)


@_verb("compare", "Run decisions and doing nothing on the same customers.")
def compare_verb(words: list[str]) -> int:
    """Run decisions and doing nothing on the same customers, and say what each changes.

    servsim compare scenario=phone_shop decisions=course_all_at_once,course_staggered replications=20

    Decisions are files in the scenario's folder decisions/; a+b takes both together. Each is compared with its reference
    and with doing nothing. margin=5 % (or 'margin={mean_wait: 1 min}') says which difference counts as no harm.
    """
    from servsim.cli.compare import compare_and_print

    return compare_and_print(words)


@_verb("expose", "List whom a decision will hit, before anything is simulated.")
def expose_verb(words: list[str]) -> int:
    """List whom a decision will hit, before anything is simulated: servsim expose scenario=phone_shop decision=course_all_at_once"""
    from servsim.cli.expose import expose_and_print

    return expose_and_print(words)


@_verb("brief", "Write the decision brief, one page for a manager.")
def brief_verb(words: list[str]) -> int:
    """Write the decision brief as one file: servsim brief scenario=phone_shop decisions=course_all_at_once,course_staggered"""
    from servsim.cli.brief import brief_and_print

    return brief_and_print(words)


@_verb("serve", "Open the class-room page in a browser.")
def serve_verb(words: list[str]) -> int:
    """Open the class-room page on this machine: two shops, the same people, one decision.

    servsim serve scenario=phone_shop

    Words: port=8765 (0: a free one), decision=course_all_at_once (the lesson's), seed, workers; host=0.0.0.0 lets other
    machines in, who then need a token.
    """
    from servsim.cli.serve import serve_and_print

    return serve_and_print(words)


@_verb("export-classroom", "Write the class-room page as one file.")
def export_classroom_verb(words: list[str]) -> int:
    """Write the class-room page as one file that needs no network: servsim export-classroom scenario=phone_shop out=lesson.html"""
    from servsim.cli.export_classroom import export_and_print

    return export_and_print(words)


@_verb("check", "Tell everything that is wrong with a scenario and its decisions.")
def check_verb(words: list[str]) -> int:
    """Tell everything that is wrong with a scenario and with each of its decisions: servsim check scenario=phone_shop

    decision=course_all_at_once looks at one decision only, decision=a+b at two taken together. Nothing is simulated.
    """
    from servsim.cli.scenario import check_and_print

    return check_and_print(words)


@_verb("describe", "Say a scenario in words, with its load.")
def describe_verb(words: list[str]) -> int:
    """Say a scenario in words, with the load by team and hour: servsim describe scenario=phone_shop"""
    from servsim.cli.scenario import describe_and_print

    return describe_and_print(words)


@_verb("story", "Tell one customer's or agent's day in sentences.")
def story_verb(words: list[str]) -> int:
    """Tell one contact's, customer's or agent's day in sentences: servsim story scenario=course_day

    Choose with customer=owned/12, contact=4711, agent=executives/3, reason=walk_in, day=2 or day=2026-03-03,
    replication=3; study=NAME reads a finished study.
    """
    from servsim.cli.story import story_and_print

    return story_and_print(words)


@_verb("calibrate", "Measure a log and write the scenario it means.")
def calibrate_verb(words: list[str]) -> int:
    """Measure a log and write the scenario it means: servsim calibrate log='calls_*.tsv.gz' layout=anonymous_bank out=my_bank

    Words: log=FILE[,FILE], layout=NAME or a path (anonymous_bank, generic_calls, intervals, warsaw_snapshots), out=NAME,
    days=1999-01-01..1999-03-31, title=..., overwrite=yes; for snapshots office=... queues=175,168
    """
    from servsim.cli.calibrate import calibrate_and_print

    return calibrate_and_print(words)


@_verb("backtest", "Fit on some days of a log and predict others.")
def backtest_verb(words: list[str]) -> int:
    """Fit on some days of a log, predict others and compare with what happened.

    servsim backtest log='calls_*.tsv.gz' layout=anonymous_bank fit=[1999-01-01..1999-03-31] predict=[1999-04-01..1999-05-31]
    """
    from servsim.cli.backtest import backtest_and_print

    return backtest_and_print(words)


@_verb("list", "List the scenarios, or the decisions of one.")
def list_verb(words: list[str]) -> int:
    """List the scenarios that can be run, or the decisions of one: servsim list scenario=phone_shop"""
    from servsim.cli.scenario import list_and_print

    return list_and_print(words)


@_verb("new", "Copy a scenario to start from.")
def new_verb(words: list[str]) -> int:
    """Copy a scenario to start from: servsim new my_shop from=phone_shop"""
    from servsim.cli.scenario import new_and_print

    return new_and_print(words)


@_verb("schema", "Print the JSON Schema of scenario files.")
def schema_verb(words: list[str]) -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from servsim.cli.scenario import schema_and_print

    return schema_and_print(words)


@_verb("verify", "Check that both engines leave identical records.")
def verify_verb(words: list[str]) -> int:
    """Check that both engines leave identical records, bit for bit: servsim verify scenario=phone_shop decisions=course_all_at_once

    Prints "identical: N contacts, M replications", or the first contact and column that differ, with that contact's story from
    both engines (exit code 1). Words: replications=3, seed=1, paths of the scenario as in servsim run.

    random=500 compares on random scenarios with random decisions instead; from=500 begins with another one.
    """
    from servsim.cli.verify import verify_and_print

    return verify_and_print(words)


@_verb("bench", "Measure speed and memory on this machine.")
def bench_verb(words: list[str]) -> int:
    """Measure speed and memory on this machine: servsim bench contacts=10000,100000 rounds=3 peers=compiled,simpy"""
    from servsim.cli.bench import bench_and_print

    return bench_and_print(words)


# ---- from here on, errors


def run(words: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a letter that a terminal lacks is no reason to stop
    raise SystemExit(exit_code(sys.argv[1:] if words is None else list(words)))


def exit_code(words: Sequence[str]) -> int:
    """Run the command line and return its exit code; every error is told in sentences."""
    try:
        return _called(words)
    except InvariantError as error:
        return _defect(error)
    except ServsimError as error:
        return _told(str(error), REFUSED)
    except KeyboardInterrupt:
        return _told("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        return _silenced()
    except OSError as error:
        return _told(f"{error.filename or 'file'}: {error.strerror or error}", REFUSED)
    except Exception as error:
        return _defect(error)


def _called(words: Sequence[str]) -> int:
    """Run the verb, or tell about it, and return the exit code."""
    _tell_of_compiling()
    code = VERBS[words[0]].run(list(words[1:])) if _is_plain(words) else _by_typer(words)
    sys.stdout.flush()
    return code


def _is_plain(words: Sequence[str]) -> bool:
    """Whether a verb may take its words as they are; Typer would hand on the same, after half a second of imports."""
    return bool(words) and words[0] in VERBS and not any(word == "--" or word.startswith("--help") for word in words)


def _by_typer(words: Sequence[str]) -> int:
    from servsim.cli.typer_app import Mistyped, called

    try:
        return called(words, VERBS)
    except Mistyped as error:
        return _told(str(error), REFUSED)


def _tell_of_compiling() -> None:
    """Let the engine say on stderr when it has to be compiled first."""
    from servsim.engine.compiling import LISTENERS

    if _say not in LISTENERS:
        LISTENERS.append(_say)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _told(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def _silenced() -> int:
    """Be quiet after the reader of our output has gone (``| head``), also while Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _defect(error: Exception) -> int:
    if os.environ.get("SERVSIM_DEBUG"):
        import traceback

        traceback.print_exception(error)
    first = (str(error).strip().splitlines() or ["no message"])[0][:200]
    return _told(
        f"servsim failed unexpectedly ({type(error).__name__}: {first}). This is a defect of servsim, not of your input;"
        " run it again with SERVSIM_DEBUG=1 in the environment to see where.",
        DEFECT,
    )
