"""Whether a verdict hangs on what nobody knows: presets, one parameter at a time, and many parameter worlds.

::

    a decision and what it is judged against --+--> the three presets           -> does the verdict flip between them?
    parameters with a plausible range        --+--> each at its low and its high -> which of them move the money most?
                                               +--> all drawn at once            -> in what share of worlds does it hold?

The verdict is the sign of the *net money*: what the other world costs more than the decision's, payroll, lines, remedies, invoices and the
margin of customers expected to leave within a year (projected). Every world meets the same people, so that a parameter world is told
by how it differs from the scenario's own in the same replications: a few of them are enough. Nets are kept as they are found, and a study
that was interrupted goes on from there. Never prints.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import servsim
from servsim.engine.choice import chosen, expected_contacts, simulator
from servsim.errors import SettingError
from servsim.measure.estimate import t_quantile
from servsim.measure.table import Layout, layout_of, measure
from servsim.scenario.decision import NOTHING
from servsim.scenario.language import LOYALTY_PRESETS, Scenario
from servsim.scenario.loyalty import with_preset
from servsim.study import workers
from servsim.study.folder import study_key, write_json
from servsim.study.run import plan_digest
from servsim.study.settings import RunSettings
from servsim.study.worlds import DecidedWorld, decided_worlds

Floats = NDArray[np.float64]
Progress = Callable[[int, int | None], None]
Change = tuple[tuple[str, Any], ...]
"""Paths and values that make a parameter world."""

MONEY = ("wages", "line_cost", "remedies", "margin_lost_projected_year")
"""What net money adds up, beside invoices."""
DRAWS = 200
LEAST_REPLICATIONS = 2
FEW = 2
"""Replications of each of many parameter worlds."""
SHOWN = 6
"""Parameters that are looked at again with more replications: those that move the money most."""
AGAIN = 6
"""Replications of these."""
MOST_AGAIN = 15
"""As many parameters are looked at again at most."""
CHUNKS = 4
"""Tasks a process gets, about."""


class Parameter(NamedTuple):
    """A number of the scenario that nobody has measured here."""

    path: str
    says: str
    value: float
    """What the scenario has."""
    low: float
    high: float
    """The plausible range."""
    source: str


class Net(NamedTuple):
    """Net money of a decision in one parameter world, in the scenario's currency; positive: the decision pays."""

    mean: float
    low: float
    high: float
    """95 % interval over replications."""

    @property
    def sign(self) -> int:
        """1 pays, -1 costs, 0 cannot tell: the interval holds zero."""
        return int(self.low > 0.0) - int(self.high < 0.0)


class Bar(NamedTuple):
    """Net money with one parameter at the ends of its range."""

    parameter: Parameter
    at_low: Net
    at_high: Net

    @property
    def swing(self) -> float:
        """How far the parameter moves the money."""
        return abs(self.at_high.mean - self.at_low.mean)

    @property
    def flips(self) -> bool:
        """Whether the verdict at one end is the opposite of that at the other."""
        return self.at_low.mean * self.at_high.mean < 0.0


class Share(NamedTuple):
    """In how many parameter worlds a verdict holds."""

    holds: int
    of: int
    low: float
    high: float
    """95 % interval of the share (Wilson)."""
    nets: Floats
    """(of,) net money of each world, mean over replications."""
    seconds: float


class Verdict(NamedTuple):
    """What the presets say."""

    nets: dict[str, Net]
    """Net money by preset."""

    @property
    def holds_in(self) -> int:
        """In how many presets the verdict is that of the scenario's own (the first)."""
        signs = [net.sign for net in self.nets.values()]
        return sum(sign == signs[0] for sign in signs)

    @property
    def depends(self) -> bool:
        """Whether the sign flips between presets: the verdict depends on an unproven claim."""
        told = {net.sign for net in self.nets.values()} - {0}
        return len(told) > 1


def parameters_of(scenario: Scenario, taken: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """Return the parameters that have a plausible range and are in use, but those whose path is ``taken`` (set by somebody).

    Raises
    ------
    SettingError : the scenario has no customers who remember.
    """
    if scenario.loyalty is None:
        raise SettingError("sensitivity: the scenario has no `loyalty`, so no verdict hangs on its parameters")
    found = [*_of_section("loyalty", with_preset(scenario.loyalty))]
    for name, segment in sorted(scenario.segments.items()):
        if segment.customers:
            found += [*_of_section(f"segments.{name}.loyalty", segment.loyalty), *_of_section(f"segments.{name}.loyalty.history", segment.loyalty.history)]
    for name, channel in sorted(scenario.channels.items()):
        found += _of_section(f"channels.{name}", channel)
    for name in ("complaints", "recovery"):
        if (section := getattr(scenario, name)) is not None:
            found += _of_section(name, section)
    return tuple(each for each in found if not any(_meet(each.path, path) for path in taken))


def _meet(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _of_section(path: str, section: Any) -> Iterator[Parameter]:
    for each in fields(section):
        meta, value = each.metadata, getattr(section, each.name)
        if meta.get("plausible") is None or value is None:
            continue
        low, high = meta["plausible"]
        yield Parameter(f"{path}.{each.name}", meta["says"], float(value), low, high, meta["source"])


def text_of(parameter: Parameter, number: float) -> str:
    """Return a number as the scenario's file would have it; durations in seconds."""
    is_duration = parameter.path.rsplit(".", 1)[-1] in ("window", "half_life", "late_after")
    return f"{number!r} s" if is_duration else repr(number)


class Nets:
    """Net money that was found before, by parameter world and replication; kept in a file."""

    def __init__(self, file: Path | None, key: str) -> None:
        self.file, self.key = file, key
        self.found: dict[str, dict[str, float]] = self._read() if file is not None and file.is_file() else {}

    def _read(self) -> dict[str, dict[str, float]]:
        assert self.file is not None
        try:
            said = json.loads(self.file.read_text(encoding="utf-8"))
        except ValueError:  # half a file of a run that was killed
            return {}
        return dict(said["nets"]) if said.get("key") == self.key else {}

    def has(self, change: Change, replication: int) -> bool:
        """Whether a replication of a parameter world is known."""
        return str(replication) in self.found.get(_name_of(change), {})

    def take(self, change: Change, replications: int) -> Floats:
        """Return the first replications of a parameter world, (replications,)."""
        mine = self.found[_name_of(change)]
        return np.array([mine[str(k)] for k in range(replications)])

    def add(self, change: Change, nets: Mapping[int, float]) -> None:
        """Take in replications of a parameter world."""
        self.found.setdefault(_name_of(change), {}).update({str(k): net for k, net in nets.items()})

    def keep(self) -> None:
        """Write the file."""
        if self.file is not None:
            write_json(self.file, {"key": self.key, "nets": self.found})


def _name_of(change: Change) -> str:
    return "; ".join(f"{path}={value}" for path, value in change)


class Study:
    """One decision, judged against another world, in as many parameter worlds as are asked for.

    Parameters
    ----------
    settings : of the comparison; parameter worlds are run with its seed.
    decision, against : names of worlds.
    own : (replications,) net money in the scenario's own world, where a comparison has found it already.
    file : where nets are kept; None: nowhere.
    """

    def __init__(self, settings: RunSettings, decision: str, against: str = NOTHING, own: Floats | None = None, file: Path | None = None) -> None:
        self.settings = replace(settings, decisions=tuple(dict.fromkeys(each for each in (decision, against) if each != NOTHING)))
        self.decision, self.against = decision, against
        self.worlds = [each for each in decided_worlds(self.settings) if each.spec.name in (decision, against)]
        set_by_decisions = [path for each in self.worlds for path, _ in each.spec.overrides]
        self.parameters = parameters_of(self.worlds[0].world.scenario, set_by_decisions)
        identity = [[each.spec.name, plan_digest(each.world), each.invoiced] for each in self.worlds]
        self.nets = Nets(file, study_key([identity, decision, against], settings.seed, servsim.__version__))
        if own is not None:
            self.nets.add((), dict(enumerate(own.tolist())))

    @property
    def replications(self) -> int:
        """How many the scenario's own world has."""
        return max(self.settings.replications, LEAST_REPLICATIONS)

    def own(self, progress: Progress = lambda done, of: None) -> Floats:
        """Return net money in the scenario's own world, (replications,)."""
        return self._nets([()], self.replications, progress)[0]

    def presets(self, progress: Progress = lambda done, of: None) -> Verdict:
        """Judge in the scenario's own preset, and then in the others."""
        loyalty = self.worlds[0].world.scenario.loyalty
        own = loyalty.preset if loyalty is not None else LOYALTY_PRESETS[0]
        names = (own, *(name for name in LOYALTY_PRESETS if name != own))
        nets = self._nets([preset_change(name) if name != own else () for name in names], self.replications, progress)
        return Verdict({name: net_of(each) for name, each in zip(names, nets, strict=True)})

    def one_at_a_time(self, progress: Progress = lambda done, of: None) -> list[Bar]:
        """Judge with each parameter at its low and at its high; the largest swing first.

        All are tried with few replications; those that move the money most with more, until the first ``SHOWN`` have them.
        """
        few, again, told = min(FEW, self.replications), min(AGAIN, self.replications), _Counted(progress)
        bars = self._bars(self.parameters, few, told)
        better: set[str] = set()
        while again > few and len(better) < MOST_AGAIN:
            shaky = [each.parameter for each in bars[:SHOWN] if each.parameter.path not in better]
            if not shaky:
                break
            found = {each.parameter.path: each for each in self._bars(shaky, again, told)}
            better |= set(found)
            bars = sorted((found.get(each.parameter.path, each) for each in bars), key=_by_swing)
        return bars

    def _bars(self, parameters: Sequence[Parameter], replications: int, progress: Progress) -> list[Bar]:
        ends: list[Change] = [((each.path, text_of(each, end)),) for each in parameters for end in (each.low, each.high)]
        nets = self._beside_own(ends, replications, progress)
        bars = [Bar(each, low, high) for each, low, high in zip(parameters, nets[::2], nets[1::2], strict=True)]
        return sorted(bars, key=_by_swing)

    def drawn(self, draws: int = DRAWS, seed: int = 1, progress: Progress = lambda done, of: None) -> Share:
        """Judge in worlds whose parameters are all drawn from their ranges (a Latin hypercube, uniform)."""
        from scipy.stats import qmc

        begun_s = time.monotonic()
        points = qmc.LatinHypercube(len(self.parameters), seed=seed).random(draws)
        changes = [tuple((p.path, text_of(p, p.low + u * (p.high - p.low))) for p, u in zip(self.parameters, row, strict=True)) for row in points.tolist()]
        nets = np.array([each.mean for each in self._beside_own(changes, min(FEW, self.replications), progress)])
        holds = int((np.sign(nets) == np.sign(self.own().mean())).sum())
        return Share(holds, draws, *wilson(holds, draws), nets, time.monotonic() - begun_s)

    def _beside_own(self, changes: Sequence[Change], replications: int, progress: Progress) -> list[Net]:
        """Return net money of parameter worlds: that of the scenario's own, and how they differ from it in the same replications."""
        own = self.own()
        found = self._nets(changes, replications, progress)
        return [_shifted(net_of(own), net_of(each - own[:replications])) for each in found]

    def _nets(self, changes: Sequence[Change], replications: int, progress: Progress) -> list[Floats]:
        """Return net money by world and replication; simulate what is not known."""
        missing = [(change, k) for change in dict.fromkeys(changes) for k in range(replications) if not self.nets.has(change, k)]
        if missing:
            self._simulate(missing, progress)
        return [self.nets.take(change, replications) for change in changes]

    def _simulate(self, missing: Sequence[tuple[Change, int]], progress: Progress) -> None:
        contacts = sum(expected_contacts(each.world.plan) for each in self.worlds) * len(missing)
        job = NetJob(self.settings, self.decision, self.against, chosen(self.settings.engine, contacts))
        processes = min(self.settings.workers or workers.core_count(), len(missing))
        tasks, done = list(_tasks(missing, max(1, len(missing) // (CHUNKS * processes)))), 0
        try:
            with closing(workers.results(job, tasks, processes)) as results:
                for (change, which), nets in results:
                    self.nets.add(change, dict(zip(which, nets, strict=True)))
                    done += len(which)
                    progress(done, len(missing))
        finally:
            self.nets.keep()


def _by_swing(bar: Bar) -> tuple[float, str]:
    return -bar.swing, bar.parameter.path


class _Counted:
    """Tells progress over several rounds as one."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.before, self.now = progress, 0, 0

    def __call__(self, done: int, of: int | None) -> None:
        if done < self.now:  # a new round
            self.before += self.now
        self.now = done
        self.progress(self.before + done, None if of is None else self.before + of)


Task = tuple[Change, tuple[int, ...]]


def _tasks(missing: Sequence[tuple[Change, int]], most: int) -> Iterator[Task]:
    """Put replications of one parameter world together, at most so many: the world is compiled once for them."""
    by_change: dict[Change, list[int]] = {}
    for change, replication in missing:
        by_change.setdefault(change, []).append(replication)
    for change, which in by_change.items():
        for first in range(0, len(which), most):
            yield change, tuple(which[first : first + most])


def _shifted(own: Net, shift: Net) -> Net:
    """Return a net moved by a shift, with both their errors."""
    mean = own.mean + shift.mean
    half = math.hypot(own.high - own.mean, shift.high - shift.mean)
    return Net(mean, mean - half, mean + half)


def preset_change(name: str) -> Change:
    """Return what makes a parameter world of a preset."""
    return (("loyalty.preset", name),)


@dataclass(frozen=True)
class NetJob:
    """Works out the net money of one parameter world, in whatever process."""

    settings: RunSettings
    decision: str
    against: str
    engine: str
    """``simpy`` or ``compiled``."""

    def __call__(self, task: Task) -> list[float]:
        """Return net money of the replications of a task."""
        change, which = task
        found = {each.spec.name: each for each in decided_worlds(replace(self.settings, overrides=(*self.settings.overrides, *change)))}
        ours, theirs = (_Priced(found[name], self.engine) for name in (self.decision, self.against))
        return [theirs.money(self.settings.seed, k) - ours.money(self.settings.seed, k) for k in which]


class _Priced:
    """A world and where its money stands in its table of measures."""

    def __init__(self, decided: DecidedWorld, engine: str) -> None:
        self.decided, self.engine = decided, engine

    @cached_property
    def layout(self) -> Layout:
        world = self.decided.world
        return layout_of(world.plan, world.names, world.terms)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        words = self.layout.words
        return np.flatnonzero(np.isin(words["measure"].astype(str), MONEY) & (words["by"].astype(str) == "overall"))

    def money(self, seed: int, replication: int) -> float:
        """Return what one replication of the world costs the firm, invoices and customers' margin included."""
        table = measure(simulator(self.engine)(self.decided.world.plan, seed, replication), self.layout)
        return float(table["numerator"][self.rows].sum()) + self.decided.invoiced


def net_of(nets: Floats) -> Net:
    """Return mean and 95 % t interval over replications."""
    mean = float(nets.mean())
    half = t_quantile(0.95, len(nets) - 1) * float(nets.std(ddof=1)) / math.sqrt(len(nets))
    return Net(mean, mean - half, mean + half)


@lru_cache
def _normal_quantile() -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.975))


def wilson(holds: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share. Source: Wilson (1927), the score interval."""
    z = _normal_quantile()
    share, weight = holds / of, z * z / of
    centre = (share + weight / 2.0) / (1.0 + weight)
    half = z * math.sqrt(share * (1.0 - share) / of + weight / (4.0 * of)) / (1.0 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)
