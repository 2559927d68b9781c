"""The page as one file: the same page, with runs that were made beforehand, for taking home. Asks no network, runs no server.

::

    moves (the lesson's pair, every card, points of one slider, presets) --> plays --> events --> JSON within the page

What is in the file is all that can be moved to in it; the slider's points are marked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from servsim.errors import ScenarioError, SettingError, did_you_mean
from servsim.page.cards import Card, cards_of, main_card
from servsim.page.crew import Crew
from servsim.page.fields import Field, fields_of
from servsim.page.language import Tables, chosen, read_tables
from servsim.page.play import MOST_REPLICATIONS, Move, Theatre
from servsim.page.server import SCRIPTS, static_files, told_shop
from servsim.page.shop import Overrides, Shop
from servsim.scenario.decision import NOTHING
from servsim.scenario.spot import nearest_name

MOST_BYTES = 10_000_000
MOST_CARDS = 12
MOST_LIVES = 150
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


@dataclass(frozen=True)
class Grid:
    """The slider that moves in the file."""

    path: str = ""
    """Of the scenario; empty: the head count of a team."""
    points: int = 5


@dataclass(frozen=True)
class Lesson:
    """What the file is about."""

    decision: str = ""
    """Of the scenario; empty: the one that most others answer."""
    grid: Grid = field(default_factory=Grid)
    replications: int = 20
    """Of each run, at most 50."""
    tables: Tables = field(default_factory=read_tables)
    """The page's words by language; all go with the file."""
    language: str = ""
    """Shown first; empty: what the browser prefers."""


def exported(shop: Shop, crew: Crew, lesson: Lesson, progress: Callable[[int, int], None]) -> str:
    """Return the page with its runs as one HTML text.

    Parameters
    ----------
    lesson : what the file is about.
    progress : told after every run.

    Raises
    ------
    ScenarioError, SettingError
        What cannot be run.
    """
    language = chosen(lesson.tables, lesson.language)
    told = told_shop(shop, lesson.tables, lesson.decision, language)
    slid = slider_field(shop, lesson.grid.path)
    values = grid_values(slid, lesson.grid.points) if slid is not None else []
    cards, _ = cards_of(shop)
    moves = list(_moves(shop, cards, main_card(cards, lesson.decision), slid, values, min(lesson.replications, MOST_REPLICATIONS)))
    theatre, runs, lives, agents, taken = Theatre(shop, crew), {}, {}, {}, 0
    for number, move in enumerate(moves):
        try:
            events = _events(theatre, move)
        except ScenarioError:
            if number < 1:
                raise
            continue  # two cards that cannot be played together, or a point that the scenario refuses
        runs[_key(move)] = {"events": events}
        name = events[0][1]["run"]
        lives[name] = _lives(theatre, name, events, MOST_LIVES if number < 2 else 0)
        agents[name] = _agents(theatre, name, events)
        taken += len(_json([runs[_key(move)], lives[name], agents[name]]).encode())
        _refuse_large(taken, number + 1, len(moves), events)
        progress(number + 1, len(moves))
    first = {"base": moves[0].base, "other": moves[0].other, "changes": {}, "seed": shop.seed, "day": None}
    slider = {"path": slid.path, "values": values} if slid is not None else None
    words = {"texts": lesson.tables, "language": lesson.language}
    return _page({"scenario": told, "first": first, "runs": runs, "lives": lives, "agents": agents, "grid": slider, **words}, static_files())


# ---- which runs


def _moves(shop: Shop, cards: list[Card], main: str, field: Field | None, values: list[float], replications: int) -> Iterator[Move]:
    """Yield the moves of the file: the lesson's pair first, then that against nothing."""
    own = next((card for card in cards if card.name == main), None)
    left = own.reference if own is not None and own.reference else NOTHING
    right = main or NOTHING

    def move(base: str, other: str, typed: Overrides = ()) -> Move:
        return Move(base, other, typed, None, shop.seed, replications)

    found = [move(left, right), move(NOTHING, right)]
    around = [card for card in cards if own is not None and card.name != main and (main in card.counters or (card.aim and card.aim == own.aim))]
    found += [move(NOTHING, f"{main}+{card.name}" if main in card.counters else card.name) for card in around[:MOST_CARDS]]
    if field is not None:
        found += [move(left, right, ((field.path, value),)) for value in values if value != field.number]
    preset = next((each for each in fields_of(shop.data, "") if each.path == "loyalty.preset" and each.is_given), None)
    if preset is not None:
        found += [move(left, right, (("loyalty.preset", name),)) for name in preset.choices if name != preset.text]
    yield from dict.fromkeys(found)


def slider_field(shop: Shop, path: str) -> Field | None:
    """Return the field that the slider moves; ``None``: the scenario has no team with a head count.

    Raises
    ------
    SettingError
        The scenario has no such number.
    """
    fields = [each for each in fields_of(shop.data, shop.scenario.currency) if each.number is not None]
    if path:
        found = next((each for each in fields if each.path == path), None)
        if found is None:
            raise SettingError(f"slider: got {path}; must be the path of a number of the scenario{did_you_mean(nearest_name(path, [each.path for each in fields]))}")
        return found
    return next((each for each in fields if each.path.startswith("teams.") and each.path.count(".") == 2 and each.path.endswith(".agents")), None)


def grid_values(field: Field, points: int) -> list[float]:
    """Return the slider's points, the scenario's own value among them."""
    assert field.number is not None
    now = field.number
    if field.kind == "count":
        first = max(int(field.low or 0), int(now) - points // 2, 1)
        return [first + step for step in range(points)]
    low, high = (field.low or 0.0), min(field.high if field.high is not None else 2.0 * now, 2.0 * now) or 1.0
    found = {round(low + (high - low) * step / (points - 1), 4) for step in range(points)}
    nearest = min(found, key=lambda value: abs(value - now))
    return sorted((found - {nearest}) | {now})


def _key(move: Move) -> str:
    """Return the name of a move, as the page's own script makes it."""
    changes = {path: int(value) if isinstance(value, float) and value.is_integer() else value for path, value in move.typed}  # 1.0 is 1 in a browser
    return f"{move.base}|{move.other}|{json.dumps(changes, separators=(',', ':'))}"


# ---- what is kept of a run


def _events(theatre: Theatre, move: Move) -> list[tuple[str, dict[str, Any]]]:
    """Play a move and return its events, the latest numbers only."""
    events = list(theatre.play(theatre.stage_of(move), move, threading.Event()))
    latest = {name: place for place, (name, _) in enumerate(events)}
    found = []
    for place, (name, data) in enumerate(events):
        if name == "day":
            kept = data if place == latest[name] else {key: data[key] for key in ("waiting", "left", "replication", "n")} | {"numbers": {}}
            found.append((name, kept))
        elif place == latest[name]:
            found.append((name, data))
    return found


def _lives(theatre: Theatre, run: str, events: list[tuple[str, dict[str, Any]]], most: int) -> dict[str, Any]:
    """Return lives by customer: one that tells most, and those with an executive of their own."""
    replay = next(data for name, data in events if name == "replay")
    people = list(dict.fromkeys(track["who"] for world in replay["worlds"] for track in world["tracks"] if track["owner"] >= 0 and track["who"]))
    found: dict[str, Any] = {}
    for who in ["", *people[:most]]:
        try:
            told = theatre.lives(run, who)
        except SettingError:
            continue  # nobody who is known by name lived differently
        found[told["customer"]] = told
        if not who:
            found["telling"] = told["customer"]
    return found


def _agents(theatre: Theatre, run: str, events: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return each agent's shown day as steps, by name, of both worlds."""
    replay = next(data for name, data in events if name == "replay")
    return [{agent["name"]: theatre.agent(run, side, agent["name"]) for agent in world["floor"]["agents"]} for side, world in enumerate(replay["worlds"])]


# ---- one file


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _refuse_large(taken: int, done: int, of: int, events: list[tuple[str, dict[str, Any]]]) -> None:
    """Refuse a file as soon as it is sure to be too large.

    Raises
    ------
    SettingError
        With what it comes from.
    """
    if taken <= MOST_BYTES:
        return
    size, limit = f"{taken / 1e6:.1f} MB", f"{MOST_BYTES / 1e6:.0f}"
    if done > 1:
        raise SettingError(f"points: {done} of {of} runs have {size} already, more than the {limit} of a file; say fewer points or replications")
    people = max(len(world["tracks"]) for name, data in events if name == "replay" for world in data["worlds"])
    raise SettingError(f"scenario: one run alone has {size}, more than the {limit} of a file: {people:,} contacts move on the shown day. Take a scenario with fewer")


def _page(data: dict[str, Any], files: dict[str, bytes]) -> str:
    """Put style, scripts and runs into the page."""
    text = files["index.html"].decode()
    text = text.replace('<link rel="stylesheet" href="static/style.css">', f"<style>{files['style.css'].decode()}</style>")
    text = text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">', 1)
    runs = _json(data).replace("</", "<\\/").replace("<!--", "<\\!--")
    first, *_ = SCRIPTS
    for name in SCRIPTS:
        before = f"<script>window.SERVSIM_FILE={runs};</script>\n" if name == first else ""
        text = text.replace(f'<script src="static/{name}"></script>', before + f"<script>{files[name].decode()}</script>")
    return text
