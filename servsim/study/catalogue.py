"""Searching a scenario's decisions and their combinations for better ways to the same aim.

::

    same aim, each alone, with an answer, with two --few replications--> (saving, loss) --> the front
    the front, and what was asked for               --fresh seed, all replications--> Comparison that is shown

The best of many looks better than it is (the winner's curse), so what is shown is estimated anew on people whom the search has
not met. Never judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import combinations

from servsim.errors import ScenarioError
from servsim.scenario.decision import PLUS, Combination, decision_folders, list_decisions, load_decisions
from servsim.study.compare import run_comparison
from servsim.study.comparison import Comparison
from servsim.study.options import Option, options_of
from servsim.study.run import Again, Ending, Progress
from servsim.study.settings import RunSettings
from servsim.study.worlds import specs_of

Stage = Callable[[str, str], AbstractContextManager[Progress]]

LEAST_FEW = 3
FEW_SHARE = 4
"""The search takes a fourth of the replications."""
MOST_SHOWN = 5
FRESH = 1_000_003
"""Added to the seed for what is estimated anew."""


@dataclass(frozen=True)
class Searched:
    """What a search found."""

    tried: int
    """Ways that were looked at."""
    left_out: tuple[str, ...]
    """Combinations that cannot be taken together."""
    replications: int
    """Of each while searching."""
    found: tuple[str, ...]
    """The front of the search, best first."""
    before: Mapping[str, float]
    """Net money of these in the search; compare with the front's own."""
    front: Comparison
    """These and what was asked for, on fresh seeds."""


def search_catalogue(settings: RunSettings, decision: str, asked: Sequence[str], stage: Stage) -> Searched:
    """Search the decisions of a scenario for other ways to the aim of one of them.

    Parameters
    ----------
    decision : name of the world that the brief is about.
    asked : names of the ways that were asked for.
    """
    names, left_out = candidates(settings, decision)
    few = max(LEAST_FEW, settings.replications // FEW_SHARE)
    trial = replace(settings, decisions=tuple(dict.fromkeys((decision, *names))), replications=few, study=f"{settings.study_name}_search")
    with stage(f"Searching {len(names)} ways to the same aim", "replications of all worlds") as progress:
        rough = _compared(trial, progress)
    against = rough.world(decision).spec.against[0]
    front = _front(options_of(rough, decision, against), decision, against)
    wanted = tuple(dict.fromkeys((decision, *(each for each in asked if each != against), *(each.name for each in front))))
    anew = replace(settings, decisions=wanted, seed=settings.seed + FRESH, study=f"{settings.study_name}_front")
    with stage("Estimating the best of them anew, on fresh seeds", "replications of all worlds") as progress:
        fresh = _compared(anew, progress)
    return Searched(len(names), left_out, few, tuple(each.name for each in front), {each.name: each.net.value for each in front}, fresh)


def _compared(settings: RunSettings, progress: Progress) -> Comparison:
    found = run_comparison(settings, progress, Again.SHOW_SAVED)
    if found.ending is Ending.INTERRUPTED:
        raise KeyboardInterrupt
    return found


def _front(options: Sequence[Option], decision: str, against: str) -> list[Option]:
    """Return the ways that no other dominates, those with most net money first."""
    best = [each for each in options if not each.is_dominated and each.name not in (decision, against)]
    return sorted(best, key=lambda each: -each.net.value)[:MOST_SHOWN]


def candidates(settings: RunSettings, decision: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the ways to the aim of a decision that the catalogue has, and the combinations that cannot be taken together."""
    files = list_decisions(decision_folders(settings.scenario, settings.scenario_dirs))
    own = load_decisions([decision], files)[0]
    known: dict[str, Combination] = {}
    for name in files:
        for whole in load_decisions([name], files):
            known.setdefault(whole.name, whole)
    basis = [whole.name for whole in known.values() if len(whole.parts) == 1 and whole.aim and whole.aim == own.aim] or [own.name]
    counters = {part.name: part.counters for whole in known.values() for part in whole.parts}
    answers = {name: [other for other in files if name in counters[other]] for name in basis}
    names = list(basis)
    for name in basis:
        pairs = combinations(answers[name], 2) if name in own.name.split(PLUS) else ()
        names += [PLUS.join((name, *some)) for some in (*((each,) for each in answers[name]), *pairs)]
    return _that_can_be_taken(settings, names)


def _that_can_be_taken(settings: RunSettings, names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    taken, left_out = [], []
    for name in names:
        try:
            specs_of(replace(settings, decisions=(name,)))
        except ScenarioError:
            left_out.append(name)
        else:
            taken.append(name)
    return taken, tuple(left_out)
