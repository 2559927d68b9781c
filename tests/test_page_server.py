"""The class-room page's server: what it plays, what it refuses, and that nothing from the network reaches a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_shop import make_shop

pytest.importorskip("fastapi", reason="the page's packages are not installed: pip install 'servsim[page]'")
from starlette.testclient import TestClient

import servsim.page.crew as crew_module
import servsim.page.export as export_module
import servsim.page.play as play_module
from servsim.cli.scenario import check_and_print
from servsim.engine.simpy_engine import simulate
from servsim.errors import ScenarioError, SettingError
from servsim.page.cards import cards_of, main_card
from servsim.page.crew import Crew
from servsim.page.deadline import Stopped, TooLong, within
from servsim.page.export import MOST_BYTES, Grid, Lesson, exported, grid_values, slider_field
from servsim.page.fields import fields_of
from servsim.page.guard import MOST_BYTES as MOST_BODY
from servsim.page.language import chosen, problems_of, read_tables
from servsim.page.play import Move, Theatre
from servsim.page.replay import replay_of
from servsim.page.server import Door, make_app, static_files
from servsim.page.shop import Shop, open_shop
from servsim.page.stage import set_stage
from servsim.page.tally import AfterTally, after_tally, day_tally, flip_of, spread_of
from servsim.scenario.check import check, check_beside
from servsim.scenario.kept_sections import KeptSections
from servsim.scenario.reader import load, read
from servsim.study.results import load_results

WINDOW = "window_one"
TUESDAY = dt.date(2026, 3, 3)
COURSE = {"window": WINDOW, "other": "all_at_once", "base": "nothing", "replications": 3}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(str(make_shop(tmp_path_factory.mktemp("page"))))


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(make_app(shop, Crew(1)), base_url="http://127.0.0.1", raise_server_exceptions=False) as found:
        yield found


def events_of(answer: Any) -> list[tuple[str, Any]]:
    assert answer.status_code == 200, answer.text
    blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in blocks]


# ---- what is played


def test_a_move_streams_the_day_first_then_more_replications_then_the_days_after(client: TestClient) -> None:
    events = events_of(client.post("/api/run", json=COURSE))

    names = [name for name, _ in events]
    assert names == ["stage", "day", "replay", "day", "day", "after", "after", "after", "done"]
    days = [data for name, data in events if name == "day"]
    assert [each["n"] for each in days] == [1, 2, 3]
    assert days[0]["numbers"]["left"]["low"] is None
    assert days[2]["numbers"]["left"]["low"] <= days[2]["numbers"]["left"]["mean"] <= days[2]["numbers"]["left"]["high"]


def test_the_stage_begins_on_the_day_on_which_the_decision_bites(client: TestClient, shop: Shop) -> None:
    stage = events_of(client.post("/api/run", json=COURSE | {"window": "window_two"}))[0][1]

    assert (stage["first"], stage["shown"], stage["last"]) == ("2026-03-03", "2026-03-03", "2026-03-04")
    assert sum(each["amount"] for each in stage["invoices"]) == 1030.0
    half = set_stage(shop, "staggered", "all_at_once", ())
    assert (half.first, half.shown_date) == (TUESDAY, TUESDAY)


def test_the_shown_day_is_a_prefix_of_all_days(shop: Shop) -> None:
    """The page shows the same people doing the same things, whichever of the two plans is run."""
    stage = set_stage(shop, "nothing", "all_at_once", ())
    day, whole = simulate(stage.other.day, 3, 1), simulate(stage.other.world.plan, 3, 1)
    gone = {(root, leg, arrived): ended for root, leg, arrived, ended in zip(*(whole.contacts[n] for n in ("root", "leg", "arrived_s", "ended_s")), strict=True)}

    assert len(day.contacts["root"]) > 10
    for root, leg, arrived, ended in zip(*(day.contacts[n] for n in ("root", "leg", "arrived_s", "ended_s")), strict=True):
        if ended == ended:
            assert gone[root, leg, arrived] == ended


def test_the_replay_has_the_same_people_in_both_shops_and_empty_chairs_in_one(client: TestClient) -> None:
    replay = next(data for name, data in events_of(client.post("/api/run", json=COURSE | {"window": "window_3"})) if name == "replay")
    left, right = replay["worlds"]
    both = {track["id"]: track for track in left["tracks"]}.keys() & {track["id"] for track in right["tracks"]}

    assert len(both) > 20
    arrivals = [{track["id"]: track["t"][0] for track in world["tracks"]} for world in (left, right)]
    assert all(arrivals[0][each] == arrivals[1][each] for each in both)
    assert {why for agent in right["agents"] for *_, state, why in agent if state == "away"} == {"course"}
    assert not [1 for agent in left["agents"] for *_, state, _ in agent if state == "away"]
    assert replay["differs"] is not None and replay["from"] - 3600 <= replay["differs"] <= replay["to"] + 7200
    assert [team["kind"] for team in right["floor"]["teams"]] == ["counter", "executives"]


def test_two_equal_worlds_never_differ(shop: Shop) -> None:
    stage = set_stage(shop, "nothing", "as_it_is", ())
    logs = simulate(stage.base.day, 1, 0), simulate(stage.other.day, 1, 0)

    assert replay_of(stage, *logs)["differs"] is None
    assert all(here == there for here, there in day_tally(stage, *logs).numbers.values() if (here, there) != (0.0, 0.0))


def test_the_numbers_of_the_days_after_are_those_of_the_ledger(shop: Shop) -> None:
    stage = set_stage(shop, "nothing", "all_at_once", ())
    tally = after_tally(stage, *(simulate(world.world.plan, 1, 0) for world in (stage.base, stage.other)))
    accounts = ("service", "prevention", "appraisal", "internal_failure", "external_failure")

    for side in (0, 1):
        assert sum(tally.numbers[f"account_{each}"][side] for each in accounts) == pytest.approx(tally.numbers["cost"][side])
        assert sum(amounts[side] for amounts in tally.lines.values()) == pytest.approx(tally.numbers["cost"][side])
    assert tally.numbers["net"] == pytest.approx([tally.numbers["cost"][side] + tally.numbers["soft"][side] for side in (0, 1)])


def test_an_interval_is_students_t_on_the_differences() -> None:
    found = spread_of([(1.0, 2.0), (1.0, 4.0), (2.0, 4.0)])

    assert (found.mean, found.base, found.other) == pytest.approx((2.0, 4 / 3, 10 / 3))
    assert found.high == pytest.approx(2.0 + 4.302653 * 1.0 / 3**0.5, rel=1e-6)


def test_a_new_move_cancels_the_old_one_of_the_same_window_only(shop: Shop) -> None:
    theatre = Theatre(shop, Crew(1))
    mine, other = theatre.enter("window_a"), theatre.enter("window_b")
    again = theatre.enter("window_a")

    assert (mine.is_set(), other.is_set(), again.is_set()) == (True, False, False)
    move = Move("nothing", "all_at_once", (), None, 1, 3)
    names = [name for name, _ in theatre.play(theatre.stage_of(move), move, mine)]
    assert names == [], "nothing is played of a move that was cancelled before it began"
    play = theatre.play(theatre.stage_of(move), move, again)
    assert [next(play)[0] for _ in range(3)] == ["stage", "day", "replay"]
    again.set()
    assert [name for name, _ in play] == [], "a cancelled play begins no further replication"


def test_two_windows_do_not_mix_their_runs(client: TestClient) -> None:
    found: dict[str, list[tuple[str, Any]]] = {}

    def ask(window: str, other: str) -> None:
        found[window] = events_of(client.post("/api/run", json=COURSE | {"window": window, "other": other}))

    threads = [threading.Thread(target=ask, args=each) for each in (("window_left", "all_at_once"), ("window_right", "one_more_clerk"))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [found[w][0][1]["other"]["name"] for w in ("window_left", "window_right")] == ["all_at_once", "one_more_clerk"]
    assert all(events[-1][0] == "done" for events in found.values())
    assert found["window_left"][0][1]["run"] != found["window_right"][0][1]["run"]


def test_the_same_move_gives_the_same_numbers_over_processes(shop: Shop) -> None:
    move = Move("nothing", "all_at_once", (), None, 7, 4)
    crews = Crew(1), Crew(2)
    results = []
    try:
        for crew in crews:
            theatre = Theatre(shop, crew)
            events = list(theatre.play(theatre.stage_of(move), move, threading.Event()))
            results.append({name: {k: v for k, v in data["numbers"].items()} for name, data in events if name in ("day", "after")})
    finally:
        crews[1].close()
    assert results[0].keys() == results[1].keys()
    for name in results[0]:
        for number, spread in results[0][name].items():
            assert results[1][name][number]["mean"] == pytest.approx(spread["mean"], rel=1e-9, abs=1e-9)


# ---- questions about a run


def test_a_person_s_two_lives_a_contact_and_an_agent_s_day_are_told_in_steps(client: TestClient) -> None:
    events = events_of(client.post("/api/run", json=COURSE | {"window": "window_lives"}))
    run = events[0][1]["run"]

    lives = client.post("/api/lives", json={"run": run}).json()
    assert lives["title"][0] == "lives_of_owned" and lives["title"][1]["customer"].startswith("owned/") and lives["differs"]
    assert any(not each["same"] for day in lives["days"] for each in day["other"])
    agent = client.post("/api/agent", json={"run": run, "side": 1, "agent": "clerks/1"}).json()
    assert agent["title"] == ["agent_day", {"agent": "clerks/1", "date": agent["date"]}] and agent["presence"][0][0] == "agent_on_duty"
    row = next(data for name, data in events if name == "replay")["worlds"][0]["tracks"][0]["row"]
    contact = client.post("/api/contact", json={"run": run, "base_row": row, "other_row": -1}).json()
    assert ["came", "counter"] in [[key, values.get("channel")] for key, values in contact["base"]] and contact["other"] == []


def test_a_run_that_is_no_longer_kept_says_so(client: TestClient) -> None:
    answer = client.post("/api/lives", json={"run": "no_such_run"})

    assert answer.status_code == 422
    assert "no longer kept" in answer.json()["message"]


# ---- what is kept from move to move


MOVES: tuple[dict[str, Any], ...] = (
    {},
    {"teams.clerks.agents": 3},
    {"teams.clerks.agents": "3"},
    {"teams.clerks.agents": True},
    {"teams.clerks.agents": 3.5},
    {"segments.private.patience": "{exponential: 4 min}"},
    {"segments.private.patience": "4 min"},
    {"teams.clerks.agents": 3, "teams.nobody.agents": 1},
    {},
)


def test_a_scenario_of_sections_read_before_is_the_one_that_is_read_anew(shop: Shop) -> None:
    def told(read_it: Callable[[], Any]) -> Any:
        try:
            return read_it()
        except ScenarioError as error:
            return str(error)

    found = [told(lambda move=move: shop.changed(tuple(move.items()))) for move in MOVES]

    assert found == [told(lambda move=move: read(shop.edited(tuple(move.items())), shop.folder)) for move in MOVES]
    assert found[0] == found[-1] == shop.scenario and found[1] != found[0]
    assert [isinstance(each, str) for each in found] == [False, False, False, True, True, False, False, True, False]
    assert found[1].segments["private"] is found[0].segments["private"], "what has not changed is not read again"


def test_a_section_that_names_what_is_no_longer_there_is_refused_though_it_was_read_before(shop: Shop) -> None:
    kept, data = KeptSections(), shop.edited(())
    assert read(data, shop.folder, kept=kept) == read(data, shop.folder, kept=kept)
    data["teams"]["tellers"] = data["teams"].pop("clerks")
    with pytest.raises(ScenarioError, match="clerks"):
        read(data, shop.folder, kept=kept)


def test_checking_beside_a_sound_scenario_finds_the_problems_that_checking_does(shop: Shop) -> None:
    reason = next(iter(shop.scenario.reasons))
    for path, value in (("arrivals", "{per_day: 1e12}"), ("arrivals", "{per_hour: {3:00: 5, 4:00: 0}}"), ("contained", "50 %")):
        scenario = shop.changed(((f"reasons.{reason}.{path}", value),))
        whole, beside = check(scenario), check_beside(scenario, shop.scenario)

        assert beside.problems == whole.problems and (whole.problems or {*beside.warnings} <= {*whole.warnings})
        assert whole.problems or any("closed" in each.allowed for each in beside.warnings), "each of these is wrong or strange"


# ---- what takes too long


SOON_AGAIN = {
    "channels.counter.try_again": "{after_abandonment: 100 %, delay: {deterministic: 0.01 s}, tries: unlimited}",
    "segments.private.patience": "{deterministic: 0.01 s}",
    "teams.clerks.speed": 0.001,
}
"""Whoever finds the clerks busy gives up and comes again at once, for ever."""


def test_work_ends_at_its_deadline_wherever_it_is() -> None:
    before = set(threading.enumerate())
    with pytest.raises(TooLong, match="Too long"):
        within(0.2, "Too long.", lambda: [n for n in iter(int, 1)])

    assert within(0.5, "Too long.", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(0.5, "Too long.", lambda: 1 // 0)
    for alarm in set(threading.enumerate()) - before:
        alarm.join(30.0)
    assert sum(range(10**5)) and set(threading.enumerate()) <= before, "no alarm rings after the work is done"


WATCHED_AND_PROFILED = """
import cProfile, pstats
from servsim.page.deadline import TooLong, within
def step():
    return 1
def lasts(limit_s, work):
    try:
        return within(limit_s, "Too long.", work)
    except TooLong:
        return "stopped"
found = lasts(5.0, step), lasts(0.1, lambda: [n for n in iter(int, 1)])
profile = cProfile.Profile()
profile.runcall(lambda: [step() for _ in range(100)])
print(*found, {what[2]: calls[0] for what, calls in pstats.Stats(profile).stats.items()}["step"])
"""


def test_what_was_watched_leaves_no_thread_that_looks_for_ever_for_a_stop() -> None:
    """A stop that is taken back by a null pointer makes Python 3.11 look for it at every call, and go in circles under a profiler."""
    done = subprocess.run([sys.executable, "-c", WATCHED_AND_PROFILED], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["1", "stopped", "100"], done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_people_who_try_again_at_once_for_ever_are_stopped_with_a_sentence(shop: Shop, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    usual_s = crew_module.MOST_S
    monkeypatch.setattr(crew_module, "MOST_S", 1.0)
    crew = Crew(workers)
    with TestClient(make_app(shop, crew), base_url="http://127.0.0.1") as client:
        events = events_of(client.post("/api/run", json=COURSE | {"window": "window_loop", "changes": SOON_AGAIN}))
        monkeypatch.setattr(crew_module, "MOST_S", usual_s)
        fine = events_of(client.post("/api/run", json=COURSE | {"window": "window_loop"}))

    assert [name for name, _ in events] == ["problem"] and "so it was stopped" in events[0][1]["message"]
    assert fine[-1][0] == "done", "the next move is played as ever"


def test_a_replication_in_a_worker_process_has_a_deadline_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = set_stage(shop, "nothing", "all_at_once", tuple(SOON_AGAIN.items()))
    monkeypatch.setattr(crew_module, "MOST_S", 0.5)
    for task in (crew_module.day_once, crew_module.after_once):
        with pytest.raises(TooLong, match="so it was stopped"):
            task(stage, 1, 0, "simpy")


def test_work_that_nobody_waits_for_any_more_is_stopped_wherever_it_is() -> None:
    gone = threading.Event()
    threading.Timer(0.1, gone.set).start()
    with pytest.raises(Stopped):
        within(20.0, "Too long.", lambda: [n for n in iter(int, 1)], gone.is_set)
    with pytest.raises(Stopped):
        within(20.0, "Too long.", lambda: pytest.fail("begun all the same"), gone.is_set)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_simulated_for_a_cancelled_move_is_stopped_and_the_next_move_finds_the_workers_free(shop: Shop, workers: int) -> None:
    crew = Crew(workers)
    endless, short = set_stage(shop, "nothing", "all_at_once", tuple(SOON_AGAIN.items())), set_stage(shop, "nothing", "all_at_once", ())
    old, new = crew.switch(), crew.switch()
    try:
        assert len(list(crew.done(crew_module.day_once, short, 1, range(2), new))) == 2, "the workers are there"
        threading.Timer(0.5, old.set).start()
        begun_s = time.monotonic()
        assert list(crew.done(crew_module.day_once, endless, 1, range(9), old)) == []
        assert [each.replication for each in crew.done(crew_module.day_once, short, 1, [3], new)] == [3], "another window's move is none the wiser"
        assert time.monotonic() - begun_s < crew_module.MOST_S, "sooner than work ends that nobody stops"
    finally:
        crew.close()


def test_a_play_is_never_taken_for_a_cancelled_one() -> None:
    board = crew_module.Board()
    for play in (1, 5, 5 + crew_module.SWITCHES):
        board.cancel(play)

    assert [play for play in range(2 * crew_module.SWITCHES) if board.is_cancelled(play)] == [1, 5 + crew_module.SWITCHES]
    board.close()
    assert board.is_cancelled(2) and board.is_cancelled(crew_module.NOT_NUMBERED)


def test_a_play_that_goes_on_for_too_long_keeps_what_it_has_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_module, "MOST_PLAY_S", 0.0)
    with TestClient(make_app(shop, Crew(1)), base_url="http://127.0.0.1") as client:
        events = events_of(client.post("/api/run", json=COURSE | {"window": "window_late", "replications": 9}))

    assert [name for name, _ in events] == ["stage", "day", "replay", "day", "problem"]
    assert "2 of 9 replications of the day" in events[-1][1]["message"]


# ---- the server is killed


SERVSIM = [sys.executable, "-c", "from servsim.cli.main import run; run()"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_server_that_is_killed_in_a_run_loses_no_saved_study_and_leaves_no_process_behind(tmp_path: Path) -> None:
    shop = f"scenario={make_shop(tmp_path)}"
    subprocess.run([*SERVSIM, "run", shop, "replications=2", "study=saved"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    server = subprocess.Popen([*SERVSIM, "serve", shop, "port=0", "workers=2", "engine=simpy"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    workers = []
    try:
        body = json.dumps({"window": "window_killed", "other": "all_at_once", "replications": 50}).encode()
        asked = urllib.request.Request(f"{address}api/run", body, {"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told = [b""]
            while not (told[-1].startswith(b"event: day") and b"event: replay\n" in told):
                told.append(answer.readline())  # the first day is played in the server itself, the second one in a worker
            workers = children_of(server.pid)
            server.kill()
            server.wait(20)
    finally:
        server.kill()
        server.stdout.close()

    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    load_results(tmp_path / "results" / "saved").check()
    assert workers and not outlived(workers)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_server_that_is_told_to_end_in_a_run_ends_at_once_and_gives_back_what_it_shared_with_its_workers(tmp_path: Path) -> None:
    command = [*SERVSIM, "serve", f"scenario={make_shop(tmp_path)}", "port=0", "workers=2", "engine=simpy"]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    try:
        body = json.dumps({"window": "window_ended", "other": "all_at_once", "replications": 50}).encode()
        asked = urllib.request.Request(f"{address}api/run", body, {"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            days = 0
            while days < 3:
                days += answer.readline().startswith(b"event: day")
            workers = children_of(server.pid)
            server.terminate()
            _, said = server.communicate(timeout=120)
    finally:
        server.kill()
        server.communicate()

    assert "leaked" not in said and "ERROR" not in said and "Traceback" not in said, said
    assert workers and not outlived(workers)


def children_of(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, _, rest = stat.read_text().partition(" (")
            if int(rest.rpartition(") ")[2].split()[1]) == process:
                found.append(int(number))
    return found


def outlived(processes: list[int]) -> list[int]:
    """Return which processes still run long after the one that began them: the system tells them of its end, which takes a moment."""
    patience_s = time.monotonic() + 30.0
    while any(is_alive(each) for each in processes) and time.monotonic() < patience_s:
        time.sleep(0.1)
    return [each for each in processes if is_alive(each)]


def is_alive(process: int) -> bool:
    """Return whether a process runs; one that ended and waits to be fetched does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


# ---- what is refused


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"teams.clerks.agnets": 3}, "teams.clerks.agnets", "unknown"),
        ({"teams.clerks.agents": -3}, "teams.clerks.agents", "0"),
        ({"teams.clerks.agents": "many"}, "teams.clerks.agents", "whole number"),
        ({"calendar.days": 5000}, "calendar.days", "set by the page"),
        ({"reasons.walk_in.arrivals.per_hour": 1e7}, "reasons", "at most"),
        ({"segments.private.customers": 10**9}, "segments", "at most"),
        ({"teams.clerks.agents": 90_000}, "teams", "at most"),
        ({"teams.clerks.agents": None, "teams.clerks.head_count": "{9:00: 90000, 11:00: 0}"}, "teams", "at most"),
        ({"teams.clerks.agents": None, "teams.clerks.shifts": "{a: {hours: '9:00-11:00', agents: 90000}}"}, "teams", "at most"),
        ({" calendar.interval": "1 s"}, "calendar.interval", "set by the page"),
        ({"calendar": "{days: 9000}"}, "calendar", "set by the page"),
        ({"segments": "{owned: {customers: 1000000000}}"}, "", ""),
        ({"reasons.walk_in": "{segments: private, arrivals: {per_hour: 1000000}, talk: 1 min}"}, "reasons", "at most"),
        ({"reasons.more": "{segments: private, arrivals: {per_day: 100000000}, talk: 1 min}"}, "", ""),
        ({"reasons.walk_in.talk": "{empirical: {file: ../../../etc/passwd}}"}, "file", "does not use"),
        ({"reasons.walk_in.talk": "{quantiles: {file: /etc/passwd}}"}, "file", "does not use"),
        ({"reasons.walk_in.arrivals.trace": "/etc/passwd"}, "file", "does not use"),
        ({"teams.clerks.head_count_file": "scenario.yaml"}, "file", "does not use"),
        ({"like": "phone_shop"}, "like", ""),
        ({"": 1}, "", ""),
        ({"x" * 190: "{{{{"}, "x", ""),
    ],
)
def test_a_change_that_cannot_be_is_told_by_its_path(client: TestClient, changes: dict[str, Any], path: str, words: str) -> None:
    answer = client.post("/api/run", json=COURSE | {"window": "window_bad", "changes": changes})

    assert answer.status_code == 422, answer.text
    problems = answer.json()["problems"]
    assert any(path in each["path"] and words in each["allowed"] for each in problems), problems
    assert "Traceback" not in answer.text and "passwd" not in answer.json()["message"].replace("etc/passwd", "")


@pytest.mark.parametrize(
    "body",
    [
        {"other": "no_such_decision"},
        {"other": "all_at_once+all_at_once"},
        {"other": "../../../etc/passwd"},
        {"base": "half_day+"},
        {"replications": 1000},
        {"seed": -1},
        {"day": "2031-01-01"},
        {"day": "yesterday"},
        {"window": "x"},
        {"changes": {"teams.clerks.agents": [1, 2]}},
        {"changes": {f"a{n}.b": n for n in range(100)}},
        {"more": 1},
    ],
)
def test_a_move_that_cannot_be_played_is_refused_in_a_sentence(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/api/run", json=COURSE | body)

    assert answer.status_code == 422
    assert answer.json()["message"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"window": 3}', b"\xff\xfe", b'{"window":"' + b"x" * 5000 + b'"}'])
def test_a_body_that_is_no_json_of_the_right_shape_is_refused(client: TestClient, content: bytes) -> None:
    for path in ("/api/run", "/api/lives", "/api/contact", "/api/agent", "/api/check", "/api/yaml"):
        assert client.post(path, content=content, headers={"content-type": "application/json"}).status_code == 422


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/api/check", content=b"[" + b"1," * MOST_BODY + b"1]", headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert f"{MOST_BODY:,} bytes" in answer.json()["message"]


@pytest.mark.slow
def test_no_request_that_the_schema_allows_or_forbids_ends_in_a_server_error(shop: Shop) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="the API is not fuzzed: pip install schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    app = make_app(shop, Crew(1), door=Door(frozenset({"testserver", "localhost", "127.0.0.1"})))
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    operations = [each.ok() for each in schema.get_all_operations()]
    statuses: Counter[int] = Counter()
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(max_examples=40, deadline=None, database=None, derandomize=True, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
            def ask(case: Any) -> None:
                answer = case.call()
                statuses[answer.status_code] += 1
                assert answer.status_code < 500, (case.as_curl_command(), answer.text)
                assert "Traceback" not in answer.text

            ask()
    assert {each.path for each in operations} == {"/api/scenario", "/api/run", "/api/lives", "/api/contact", "/api/agent", "/api/check", "/api/yaml"}
    assert statuses[200] > 50 and statuses[422] > 50, statuses


def test_foreign_hosts_and_origins_are_turned_away(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/api/scenario", headers={"host": "127.0.0.1.evil.example"}).status_code == 421
    assert client.post("/api/run", json=COURSE, headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post("/api/run", json=COURSE, headers={"origin": "null"}).status_code == 403
    assert client.post("/api/check", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415
    assert client.post("/api/check", json={}, headers={"origin": "http://127.0.0.1"}).status_code == 200
    assert client.put("/api/check", json={}).status_code == 405
    for origin in ("http://[", "http://[::1", "//", ""):
        assert client.post("/api/check", json={}, headers={"origin": origin}).status_code == 403, origin
    for host in ("[::1].evil.example", "127.0.0.1:x", "127.0.0.1.evil.example", "[127.0.0.1]", ""):
        assert client.get("/", headers={"host": host}).status_code == 421, host
    for host in ("127.0.0.1:8123", "[::1]:8123", "localhost"):
        assert client.get("/", headers={"host": host}).status_code == 200, host


def test_a_body_that_grows_too_large_as_it_comes_is_refused_with_the_limit(client: TestClient) -> None:
    pieces = (b" " * 100_000 for _ in range(5))
    answer = client.post("/api/check", content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 413 and f"{MOST_BODY:,}" in answer.json()["message"]


def test_another_host_needs_the_token(shop: Shop) -> None:
    app = make_app(shop, Crew(1), door=Door(frozenset({"10.0.0.7"}), "only_this"))
    with TestClient(app, base_url="http://10.0.0.7") as client:
        assert client.get("/").status_code == 401
        assert client.get("/api/scenario").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        shown = client.get("/?token=only_this")
        assert shown.status_code == 200 and "HttpOnly" in shown.headers["set-cookie"]
        assert client.get("/api/scenario").status_code == 200, "the cookie is enough from then on"


def test_only_the_page_s_own_files_are_served(client: TestClient) -> None:
    for name in static_files():
        if name != "index.html":
            assert client.get(f"/static/{name}").status_code == 200
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/server.py", "/../pyproject.toml", "/docs", "/api/no"):
        assert client.get(path).status_code == 404, path
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy


def test_the_page_asks_nobody_else() -> None:
    for name, content in static_files().items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "//cdn" not in text, name


def test_every_word_that_the_page_says_is_in_the_language_file() -> None:
    import re

    words = read_tables()["en"]
    sources = {name: content.decode() for name, content in static_files().items()}
    said = {key for text in sources.values() for key in re.findall(r'\bsay\("([a-z_]+)"', text)}
    said |= set(re.findall(r'data-(?:say|label)="([a-z_]+)"', sources["index.html"]))
    said |= {key for text in sources.values() for key in re.findall(r'"(row_[a-z_]+|legend_[a-z_]+|verdict_[a-z_]+)"', text)}
    assert said - set(words) == set()
    assert len(words["questions"].split("\n")) == 4


# ---- the editor


def test_the_editor_shows_problems_at_their_fields_and_the_load_as_it_changes(client: TestClient) -> None:
    fine = client.post("/api/check", json={"changes": {}}).json()
    bad = client.post("/api/check", json={"changes": {"teams.clerks.agents": "x", "reasons.walk_in.solved": "120 %"}}).json()
    more = client.post("/api/check", json={"changes": {"teams.clerks.agents": 4}}).json()

    assert fine["problems"] == [] and {line["team"] for line in fine["load"]} == {"clerks", "executives"}
    assert {each["path"] for each in bad["problems"]} == {"teams.clerks.agents", "reasons.walk_in.solved"}
    agents = [next(line["agents"] for line in each["load"] if line["team"] == "clerks") for each in (fine, more)]
    assert agents == [2.0, 4.0]
    share = next(each for each in fine["fields"] if each["path"] == "reasons.walk_in.solved")
    assert (share["kind"], share["low"], share["high"], share["number"], share["text"]) == ("share", 0.0, 1.0, 0.9, "90 %")


def test_the_downloaded_file_is_one_that_servsim_runs(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/api/yaml", json={"changes": {"teams.clerks.agents": 4, "reasons.walk_in.talk.lognormal.mean": "7 min"}})
    (tmp_path / "scenario.yaml").write_text(answer.text, encoding="utf-8")
    scenario = load(tmp_path)

    assert answer.headers["content-disposition"] == 'attachment; filename="scenario.yaml"'
    assert scenario.teams["clerks"].agents == 4
    assert scenario.reasons["walk_in"].talk["*"].values[0] == 420.0
    assert check(scenario).problems == []


def test_a_file_with_problems_is_not_handed_out(client: TestClient) -> None:
    answer = client.post("/api/yaml", json={"changes": {"teams.clerks.agents": "x"}})

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"] == "teams.clerks.agents"


def test_every_number_of_the_scenario_is_a_field(shop: Shop) -> None:
    numbers = {each.path: each.number for each in fields_of(shop.data, "USD") if each.number is not None}

    assert numbers["teams.clerks.agents"] == 2.0
    assert numbers["reasons.account_visit.talk.lognormal.sd"] == 480.0
    assert numbers["segments.owned.patience.weibull.mean"] == 1200.0
    assert numbers["cover.visits.buddy.has_file"] == 0.6


def test_a_section_is_added_like_another_one_or_empty_and_its_problems_stand_at_its_fields(client: TestClient) -> None:
    empty = client.post("/api/check", json={"added": {"reasons.claim": ""}}).json()
    full = client.post("/api/check", json={"added": {"teams.night": "clerks", "teams.night.shifts.late": ""}, "changes": {"teams.night.agents": 3}}).json()

    assert "reasons.claim.talk" in {each["path"] for each in empty["problems"]}
    assert {"reasons.claim.talk", "reasons.claim.solved"} <= {each["path"] for each in empty["fields"]}
    assert next(each["number"] for each in full["fields"] if each["path"] == "teams.night.wage") == 20.0
    assert next(each["number"] for each in full["fields"] if each["path"] == "teams.night.agents") == 3.0
    assert "teams.night.shifts.late.hours" in {each["path"] for each in full["problems"]}
    places = {each["path"]: each for each in full["places"]}
    assert places["teams"]["names"] == ["executives", "clerks", "night"] and places["teams"]["noun"] == "team"
    assert places["teams.clerks.skills"]["allowed"] == ["account_visit", "walk_in"]
    assert places["loyalty"]["noun"] == "" and "calendar" not in places


def test_a_shop_with_a_team_added_is_downloaded_checked_and_shows_its_load(client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = {
        "added": {"teams.night": "clerks", "reasons.claim": "walk_in", "segments.firms": "private", "routes.claims": ""},
        "changes": {"teams.night.agents": 1, "reasons.claim.segments": "firms", "reasons.claim.arrivals.per_hour": 3, "routes.claims.reasons": "[claim]", "routes.claims.teams": "[night]"},
    }
    found = client.post("/api/check", json=body).json()
    text = client.post("/api/yaml", json=body).text
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")

    assert found["problems"] == [] and {line["team"] for line in found["load"]} == {"clerks", "executives", "night"}
    assert check_and_print([f"scenario={tmp_path}"]) == 0, capsys.readouterr().err
    scenario = load(tmp_path)
    assert (scenario.teams["night"].agents, scenario.segments["firms"].customers, sorted(scenario.reasons)) == (1, 200, ["account_visit", "claim", "walk_in"])


@pytest.mark.parametrize(
    ("added", "path", "words"),
    [
        ({"teams.clerks": ""}, "teams.clerks", "there already"),
        ({"teams.night team": ""}, "teams.night team", "letters"),
        ({"teams.night": "clerk"}, "teams.night", "to be like"),
        ({"nowhere.night": ""}, "nowhere.night", "no section"),
        ({"teams.clerks.agents.more": ""}, "teams.clerks.agents.more", "no section"),
        ({"teams.clerks.skills.juggling": ""}, "teams.clerks.skills.juggling", "must be one of"),
        ({"calendar": ""}, "calendar", "no section"),
        ({"like": ""}, "like", "no section"),
        ({"": ""}, "", "no section"),
    ],
)
def test_a_section_that_cannot_be_added_is_told_by_its_path(client: TestClient, added: dict[str, str], path: str, words: str) -> None:
    problems = client.post("/api/check", json={"added": added}).json()["problems"]

    assert [each for each in problems if each["path"] == path and words in each["allowed"]], problems


def test_a_calendar_too_fine_to_show_is_refused_in_the_editor(client: TestClient) -> None:
    answer = client.post("/api/check", json={"changes": {"calendar.days": 16000, "calendar.interval": "1 min"}}).json()

    assert answer["problems"][0]["path"] == "calendar.interval" and answer["load"] == []


# ---- languages


def test_every_language_has_the_keys_the_names_in_braces_and_the_lists_of_the_english_one() -> None:
    folder = Path(__file__).resolve().parents[1] / "servsim" / "page" / "text"
    english = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    files = sorted(folder.glob("*.json"))

    assert len(files) >= 2
    for file in files:
        table = json.loads(file.read_text(encoding="utf-8"))
        assert problems_of(file.stem, table, english) == []
        assert list(table) == list(english), f"{file.name} is in the order of en.json"


def test_a_language_is_added_by_a_file_alone(shop: Shop, tmp_path: Path) -> None:
    english = read_tables()["en"]
    (tmp_path / "eo.json").write_text(json.dumps({key: words.replace("Play", "Ludi") for key, words in english.items()} | {"language_name": "Esperanto"}), encoding="utf-8")
    with TestClient(make_app(shop, Crew(1), door=Door(tables=read_tables(tmp_path))), base_url="http://127.0.0.1") as client:
        asked = client.get("/api/scenario?language=eo").json()
        preferred = client.get("/api/scenario", headers={"accept-language": "fr;q=0.9, eo-EO;q=0.8, en;q=0.1"}).json()
        unknown = client.get("/api/scenario?language=xx")

    assert (asked["words"]["play"], asked["language"], preferred["language"]) == ("Ludi", "eo", "eo")
    assert ["eo", "Esperanto"] in asked["languages"] and asked["languages"][0] == ["en", "English"]
    assert unknown.status_code == 422 and "eo" in unknown.json()["message"]


def test_a_file_of_words_that_lacks_something_is_refused_with_all_that_is_wrong(tmp_path: Path) -> None:
    english = read_tables()["en"]
    wrong = {key: words for key, words in english.items() if key != "play"} | {"bet_of": "Bet", "questions": "Only one?", "plya": "Play", "reset": " "}
    (tmp_path / "th.json").write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(SettingError) as refused:
        read_tables(tmp_path)

    for words in ("lacks play", "did you mean play", "bet_of: must have the names in braces team", "questions: must have 4 lines", "reset: is empty"):
        assert words in str(refused.value)
    (tmp_path / "th.json").write_text("{", encoding="utf-8")
    with pytest.raises(SettingError, match="cannot be read as JSON"):
        read_tables(tmp_path)
    with pytest.raises(SettingError, match="folder with files"):
        read_tables(tmp_path / "none")


@pytest.mark.parametrize(
    ("accepts", "language"),
    [("", "en"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de, en;q=0.5", "en"), ("en;q=0.3, ru;q=0.7", "ru"), ("ru;q=0, en", "en"), (";;;q=x,,\xff" * 90, "en"), ("*", "en")],
)
def test_the_browser_s_language_is_taken_where_there_is_one(accepts: str, language: str) -> None:
    assert chosen({"en": {}, "ru": {}}, "", accepts) == language


def test_a_language_asked_for_may_name_its_country() -> None:
    assert [chosen({"en": {}, "ru": {}}, wanted) for wanted in ("ru", "ru-RU", "en-US", "EN")] == ["ru", "ru", "en", "en"]
    with pytest.raises(SettingError, match="one of en, ru"):
        chosen({"en": {}, "ru": {}}, "de-AT")


# ---- where the verdict flips


def after_of(number: int, cost: float, soft: float) -> AfterTally:
    return AfterTally(number, {"cost": (0.0, cost), "soft": (0.0, soft)}, {})


def test_the_flip_range_is_every_worth_at_which_the_interval_of_the_sum_holds_nothing() -> None:
    costs, softs = [-500.0, -450.0, -560.0, -520.0, -480.0], [300.0, 420.0, 250.0, 330.0, 390.0]
    found = flip_of([after_of(n, *each) for n, each in enumerate(zip(costs, softs, strict=True))])

    def is_decided(k: float) -> bool:
        spread = spread_of([(0.0, cost + k * soft) for cost, soft in zip(costs, softs, strict=True)])
        assert spread.low is not None and spread.high is not None
        return not spread.low <= 0.0 <= spread.high

    assert found.point == pytest.approx(502.0 / 338.0) and found.is_cheap_below
    assert found.low is not None and found.high is not None and found.low < found.point < found.high
    for end, outside, inside in ((found.low, -1e-6, 1e-6), (found.high, 1e-6, -1e-6)):
        assert is_decided(end + outside) and not is_decided(end + inside)


def test_a_flip_point_has_no_range_with_one_replication_and_no_end_where_the_loss_is_hardly_known() -> None:
    one = flip_of([after_of(0, -500.0, 250.0)])
    vague = flip_of([after_of(n, -500.0 - n, soft) for n, soft in enumerate((900.0, -700.0, 400.0))])
    never = flip_of([after_of(n, 500.0 + n, 200.0 + n) for n in range(4)])
    blind = flip_of([after_of(n, cost, soft) for n, (cost, soft) in enumerate(((900.0, 800.0), (-700.0, -900.0), (-100.0, 200.0)))])

    assert (one.point, one.low, one.high) == (2.0, None, None)
    assert vague.low is not None and vague.low > 0.0 and vague.high is None
    assert (never.point, never.low, never.high) == (None, None, None)
    assert (blind.low, blind.high) == (0.0, None)


# ---- cards


def test_a_card_costs_what_its_invoices_come_to(shop: Shop) -> None:
    cards, problems = cards_of(shop)
    prices = {card.name: card.price for card in cards}

    assert problems == []
    assert (prices["all_at_once"], prices["staggered"], prices["one_more_clerk"]) == (1030.0, 1880.0, 0.0)
    assert main_card(cards) == "all_at_once", "the one that another decision answers"
    assert main_card(cards, "staggered") == "staggered"


# ---- one file


@pytest.fixture(scope="module")
def page_file(shop: Shop) -> tuple[str, dict[str, Any]]:
    """The lesson as one file, and what it carries."""
    text = exported(shop, Crew(1), Lesson("", Grid("teams.clerks.agents", 3), 2), lambda done, of: None)
    return text, json.loads(text.split("window.SERVSIM_FILE=", 1)[1].split(";</script>", 1)[0].replace("<\\/", "</"))


def test_the_exported_page_carries_its_runs_and_asks_no_network(page_file: tuple[str, dict[str, Any]]) -> None:
    text, data = page_file

    assert len(text.encode()) < MOST_BYTES
    assert 'src="' not in text and "href=\"static" not in text and "Content-Security-Policy" in text
    assert data["grid"] == {"path": "teams.clerks.agents", "values": [1, 2, 3]}
    assert {"staggered|all_at_once|{}", "nothing|all_at_once|{}", 'staggered|all_at_once|{"teams.clerks.agents":3}'} <= data["runs"].keys()
    first = data["runs"]["staggered|all_at_once|{}"]["events"]
    assert {"stage", "day", "replay", "after", "done"} == {name for name, _ in first}
    assert any(customer.startswith("owned/") for lives in data["lives"].values() for customer in lives)
    run = first[0][1]["run"]
    assert [sorted(side) for side in data["agents"][run]] == [["clerks/1", "clerks/2", "executives/1", "executives/2", "executives/3"]] * 2
    assert data["agents"][run][1]["clerks/1"]["title"][1]["agent"] == "clerks/1"
    assert data["texts"].keys() == read_tables().keys()


def test_a_file_that_is_sure_to_be_too_large_is_refused_at_once_with_what_it_comes_from(
    shop: Shop, page_file: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    data = page_file[1]
    first = data["runs"]["staggered|all_at_once|{}"]
    run = first["events"][0][1]["run"]
    one = len(json.dumps({"run": first, "lives": data["lives"][run], "agents": data["agents"][run]}))
    monkeypatch.setattr(export_module, "MOST_BYTES", 1000)
    with pytest.raises(SettingError, match=r"one run alone.*contacts move on the shown day"):
        exported(shop, Crew(1), Lesson("", Grid("teams.clerks.agents", 3), 2), lambda number, of: done.append(number))
    monkeypatch.setattr(export_module, "MOST_BYTES", int(1.5 * one))
    with pytest.raises(SettingError, match=r"2 of . runs have .* fewer points"):
        exported(shop, Crew(1), Lesson("", Grid("teams.clerks.agents", 3), 2), lambda number, of: done.append(number))
    assert done == [1]


def test_a_slider_s_points_hold_the_scenario_s_own_value(shop: Shop) -> None:
    field = slider_field(shop, "reasons.walk_in.solved")
    assert field is not None

    values = grid_values(field, 5)
    assert 0.9 in values and len(values) == 5 and values == sorted(values) and max(values) <= 1.0
    with pytest.raises(SettingError, match="did you mean"):
        slider_field(shop, "teams.clerks.agnets")


def test_a_decision_that_a_typed_path_clashes_with_is_refused(shop: Shop) -> None:
    with pytest.raises(ScenarioError, match="set"):
        set_stage(shop, "nothing", "one_more_clerk", (("teams.clerks.agents", 5),))
