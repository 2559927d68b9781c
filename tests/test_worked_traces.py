"""Days worked out by hand, event by event, on every engine; the ids are those of docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from worked import Engine, contacts, customers_of, fresh_contacts, presence, simulate, table, visit, world

from servsim.engine import compiled, loop, simpy_engine


@pytest.fixture(params=[simpy_engine.simulate, loop.simulate, compiled.simulate], ids=["simpy", "loop", "compiled"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every day is worked by the readable engine and by the event loop, as it stands and compiled."""
    return request.param  # type: ignore[no-any-return]


def one_clerk(**more: Any) -> dict[str, Any]:
    return {"clerks": {"agents": 1, **more}}


# ---- order and choice


def test_R17_five_contacts_are_served_by_two_agents_in_order_of_coming_by_who_is_idle_longest(engine: Engine, tmp_path: Path) -> None:
    day = [
        visit("9:00", talk=4, wrap_up=1),
        visit("9:01", talk=6, wrap_up=1),
        visit("9:02", talk=3, wrap_up=1),
        visit("9:02", talk=2, wrap_up=1),
        visit("9:06", talk=1, wrap_up=1),
    ]
    run = simulate(engine, tmp_path, world({"clerks": {"agents": 2}}), visit=day)
    assert contacts(run, "arrived answered ended released agent outcome") == table("""
        arrived  answered  ended  released  agent     outcome
        9:00     9:00      9:04   9:05      clerks/1  answered
        9:01     9:01      9:07   9:08      clerks/2  answered
        9:02     9:05      9:08   9:09      clerks/1  answered
        9:02     9:08      9:10   9:11      clerks/2  answered
        9:06     9:09      9:10   9:11      clerks/1  answered
    """)


def test_R17_the_agent_idle_longest_serves_and_a_break_begins_the_idle_time_anew(engine: Engine, tmp_path: Path) -> None:
    clerks = {"shifts": {"a": {"hours": "9:00-17:00", "breaks": {"tea": {"at": "9:10", "length": "10 min"}}}, "b": {"hours": "9:00-17:00"}}}
    day = [visit("9:00", talk=4), visit("9:01", talk=1), visit("9:07", talk=1), visit("9:30", talk=1)]
    run = simulate(engine, tmp_path, world({"clerks": clerks}), visit=day)
    assert contacts(run, "arrived answered agent") == table("""
        arrived  answered  agent
        9:00     9:00      clerks/a-1
        9:01     9:01      clerks/b-1
        9:07     9:07      clerks/b-1
        9:30     9:30      clerks/b-1
    """)


def test_R13_a_contact_whose_patience_ends_as_an_agent_becomes_free_is_served(engine: Engine, tmp_path: Path) -> None:
    day = [visit("9:00", talk=5), visit("9:01", talk=1, patience=3), visit("9:02", talk=1, patience=3), visit("9:03", talk=1, patience=3)]
    run = simulate(engine, tmp_path, world(one_clerk()), visit=day)
    assert contacts(run, "arrived answered ended outcome patience") == table("""
        arrived  answered  ended  outcome    patience
        9:00     9:00      9:05   answered   inf
        9:01     -         9:04   abandoned  3
        9:02     9:05      9:06   answered   3
        9:03     9:06      9:07   answered   3
    """)


def test_R13_an_arrival_at_the_closing_instant_finds_the_door_closed_and_one_at_the_opening_instant_is_served(engine: Engine, tmp_path: Path) -> None:
    day = [visit("8:59:30"), visit("9:00"), visit("16:59:30"), visit("17:00")]
    run = simulate(engine, tmp_path, world(one_clerk()), visit=day)
    assert contacts(run, "arrived answered ended outcome") == table("""
        arrived   answered  ended     outcome
        8:59:30   -         8:59:30   closed
        9:00      9:00      9:01      answered
        16:59:30  16:59:30  17:00:30  answered
        17:00     -         17:00     closed
    """)


def two_kinds(teams: dict[str, Any], **vip: Any) -> dict[str, Any]:
    """A world in which visits of the segment `vip` have a route of their own."""
    data = world(teams, segments={"vip": {}, "plain": {}})
    data["routes"] = {"all": {"teams": ["clerks"]}, "vips": {"segments": ["vip"], "teams": ["clerks"], **vip}}
    return data


def test_R16_a_waiting_credit_puts_a_contact_before_those_who_came_so_much_earlier_and_no_more(engine: Engine, tmp_path: Path) -> None:
    day = [
        visit("9:00", segment="plain", talk=10),
        visit("9:03", segment="plain"),
        visit("9:04", segment="vip"),
        visit("9:06", segment="vip"),
        visit("9:04:30", segment="plain"),
    ]
    run = simulate(engine, tmp_path, two_kinds(one_clerk(), credit="2 min"), visit=day)
    assert contacts(run, "arrived answered") == table("""
        arrived  answered
        9:00     9:00
        9:03     9:11
        9:04     9:10
        9:04:30  9:13
        9:06     9:12
    """)


@pytest.mark.parametrize(("picks", "plain", "vip"), [("priority", "9:11", "9:10"), ("longest_waiting", "9:10", "9:11")])
def test_R16_a_higher_priority_goes_first_unless_the_team_takes_who_waits_longest(
    engine: Engine, tmp_path: Path, picks: str, plain: str, vip: str
) -> None:
    day = [visit("9:00", segment="plain", talk=10), visit("9:01", segment="plain"), visit("9:05", segment="vip")]
    run = simulate(engine, tmp_path, two_kinds(one_clerk(picks=picks), priority=1), visit=day)
    assert contacts(run, "arrived answered") == table(f"""
        arrived  answered
        9:00     9:00
        9:01     {plain}
        9:05     {vip}
    """)


def helped(**overflow: Any) -> dict[str, Any]:
    """One clerk, and one helper who joins when it gets long."""
    data = world({"clerks": {"agents": 1}, "helpers": {"agents": 1}})
    data["routes"] = {"all": {"teams": ["clerks"], "overflow": {"help": {"team": "helpers", **overflow}}}}
    return data


def test_R19_another_team_sees_a_contact_after_its_threshold_and_serves_at_once_or_when_it_is_free(engine: Engine, tmp_path: Path) -> None:
    day = [visit("9:00", talk=10), visit("9:01", talk=3), visit("9:02", talk=1), visit("9:09", talk=1)]
    run = simulate(engine, tmp_path, helped(after="2 min"), visit=day)
    assert contacts(run, "arrived answered ended agent") == table("""
        arrived  answered  ended  agent
        9:00     9:00      9:10   clerks/1
        9:01     9:03      9:06   helpers/1
        9:02     9:06      9:07   helpers/1
        9:09     9:10      9:11   clerks/1
    """)


def test_R19_all_hands_help_while_the_line_has_a_length_and_take_who_waited_longest(engine: Engine, tmp_path: Path) -> None:
    day = [visit("9:00", talk=20), visit("9:01", talk=3), visit("9:02", talk=1), visit("9:03", talk=1), visit("9:07", talk=1)]
    run = simulate(engine, tmp_path, helped(at_length=2), visit=day)
    assert contacts(run, "arrived answered ended agent") == table("""
        arrived  answered  ended  agent
        9:00     9:00      9:20   clerks/1
        9:01     9:02      9:05   helpers/1
        9:02     9:05      9:06   helpers/1
        9:03     9:07      9:08   helpers/1
        9:07     9:20      9:21   clerks/1
    """)


# ---- staff


@pytest.mark.parametrize(
    ("late_break", "talk", "served", "breaks"),
    [
        ("full", 20, "10:40", [["10:10", "break"], ["10:40", "on"]]),
        ("cut_short", 20, "10:30", [["10:10", "break"], ["10:30", "on"]]),
        ("full", 45, "11:05", [["10:35", "break"], ["11:05", "on"]]),
        ("cut_short", 45, "10:35", []),
        ("full", 10, "10:30", [["10:00", "break"], ["10:30", "on"]]),
    ],
)
def test_R23_a_break_waits_for_the_contact_in_hand_and_keeps_its_length_or_its_end(
    engine: Engine, tmp_path: Path, late_break: str, talk: int, served: str, breaks: list[list[str]]
) -> None:
    clerk = one_clerk(late_break=late_break, breaks={"tea": {"at": "10:00", "length": "30 min"}})
    run = simulate(engine, tmp_path, world(clerk), visit=[visit("9:50", talk=talk), visit("10:05")])
    assert contacts(run, "arrived answered")[2] == ["10:05", served]
    assert presence(run, "clerks/1") == [["9:00", "on"], *breaks, ["17:00", "off"]]


def test_R23_two_breaks_owed_at_once_are_both_taken(engine: Engine, tmp_path: Path) -> None:
    clerk = one_clerk(breaks={"tea": {"at": "10:00", "length": "10 min"}, "milk": {"at": "10:20", "length": "5 min"}})
    run = simulate(engine, tmp_path, world(clerk), visit=[visit("9:50", talk=60), visit("10:05")])
    assert contacts(run, "arrived answered")[2] == ["10:05", "11:05"]


def test_R23_the_end_of_the_shift_ends_a_late_break(engine: Engine, tmp_path: Path) -> None:
    clerk = one_clerk(breaks={"tea": {"at": "16:30", "length": "20 min"}})
    run = simulate(engine, tmp_path, world(clerk), visit=[visit("16:25", talk=25)])
    assert presence(run, "clerks/1") == [["9:00", "on"], ["16:50", "break"], ["17:00", "off"]]


def test_R23_a_late_break_that_the_end_of_a_shift_cancelled_does_not_end_a_later_one(engine: Engine, tmp_path: Path) -> None:
    breaks = {"tea": {"at": "10:00", "length": "25 min"}, "milk": {"at": "10:36", "length": "10 min"}}
    clerks = {"shifts": {"split": {"hours": "9:00-10:30, 10:35-12:00", "breaks": breaks}}}
    day = [visit("9:55", talk=20), visit("10:35", talk=3), visit("10:37")]
    run = simulate(engine, tmp_path, world({"clerks": clerks}), visit=day)
    assert contacts(run, "arrived answered ended")[1:] == [["9:55", "9:55", "10:15"], ["10:35", "10:35", "10:38"], ["10:37", "10:48", "10:49"]]
    changes = [["9:00", "on"], ["10:15", "break"], ["10:30", "off"], ["10:35", "on"], ["10:38", "break"], ["10:48", "on"], ["12:00", "off"]]
    assert presence(run, "clerks/split-1") == changes


@pytest.mark.parametrize(
    ("at_closing", "answered", "ended", "outcome", "home"),
    [("stay", "17:10", "17:12", "answered", "17:12"), ("leave", "-", "17:00", "turned_away", "17:10")],
)
def test_R29_agents_stay_or_leave_when_the_shift_ends_and_people_wait_inside(
    engine: Engine, tmp_path: Path, at_closing: str, answered: str, ended: str, outcome: str, home: str
) -> None:
    run = simulate(engine, tmp_path, world(one_clerk(at_closing=at_closing)), visit=[visit("16:50", talk=20), visit("16:55", talk=2)])
    assert contacts(run, "arrived answered ended outcome") == table(f"""
        arrived  answered    ended    outcome
        16:50    16:50       17:10    answered
        16:55    {answered}  {ended}  {outcome}
    """)
    assert presence(run, "clerks/1") == [["9:00", "on"], ["17:00", "overtime"], [home, "off"]]


def test_R29_an_agent_whose_shift_ends_while_the_channel_is_open_goes_home(engine: Engine, tmp_path: Path) -> None:
    clerks = {"shifts": {"early": {"hours": "9:00-16:00"}, "late": {"hours": "16:30-17:00"}}}
    run = simulate(engine, tmp_path, world({"clerks": clerks}), visit=[visit("15:50", talk=20), visit("15:55", talk=2)])
    assert contacts(run, "arrived answered agent") == table("""
        arrived  answered  agent
        15:50    15:50     clerks/early-1
        15:55    16:30     clerks/late-1
    """)


def test_R29_those_inside_are_turned_away_when_the_last_shift_ends_not_when_the_last_talk_does(engine: Engine, tmp_path: Path) -> None:
    clerks = {"at_closing": "leave", "shifts": {"day": {"hours": "9:00-17:30"}}}
    run = simulate(engine, tmp_path, world({"clerks": clerks}), visit=[visit("16:50", talk=60), visit("16:55", talk=2)])
    assert contacts(run, "arrived answered ended outcome")[2] == ["16:55", "-", "17:30", "turned_away"]


def test_R29_an_agent_who_lacks_the_skill_keeps_nobody_waiting_inside(engine: Engine, tmp_path: Path) -> None:
    clerks = {
        "shifts": {"a": {"hours": "9:00-17:00"}, "b": {"hours": "9:00-18:00"}},
        "at_closing": "leave",
        "members": {"b-1": {"lacks": ["visit"]}},
    }
    run = simulate(engine, tmp_path, world({"clerks": clerks}), visit=[visit("16:50", talk=20), visit("16:55", talk=2)])
    assert contacts(run, "arrived answered ended outcome")[2] == ["16:55", "-", "17:00", "turned_away"]


# ---- closing


@pytest.mark.parametrize(
    ("closing", "answered", "ended", "outcome"),
    [("serve_inside", "17:10", "17:11", "answered"), ("clear", "-", "17:00", "disconnected")],
)
def test_R29_at_closing_those_inside_are_served_or_the_line_is_cleared_and_nobody_enters(
    engine: Engine, tmp_path: Path, closing: str, answered: str, ended: str, outcome: str
) -> None:
    data = world({"clerks": {"shifts": {"day": {"hours": "9:00-18:00"}}}}, channels={"counter": {"closing": closing}})
    run = simulate(engine, tmp_path, data, visit=[visit("16:50", talk=20), visit("16:55"), visit("17:00")])
    assert contacts(run, "arrived answered ended outcome") == table(f"""
        arrived  answered    ended    outcome
        16:50    16:50       17:10    answered
        16:55    {answered}  {ended}  {outcome}
        17:00    -           17:00    closed
    """)


@pytest.mark.parametrize(("closing", "outcome"), [("serve_inside", "answered"), ("clear", "disconnected")])
def test_R29_who_is_at_the_reception_at_closing_counts_as_inside_and_a_cleared_channel_lets_nobody_on(
    engine: Engine, tmp_path: Path, closing: str, outcome: str
) -> None:
    data = world({"clerks": {"shifts": {"day": {"hours": "9:00-18:00"}}}}, channels={"counter": {"closing": closing, "menu": {"time": "5 min"}}})
    run = simulate(engine, tmp_path, data, visit=[visit("16:58", menu=5)])
    assert contacts(run, "arrived outcome")[1] == ["16:58", outcome]


def test_R28_who_finds_the_door_closed_or_is_turned_away_comes_after_the_next_opening_with_the_same_patience(engine: Engine, tmp_path: Path) -> None:
    data = world(one_clerk(at_closing="leave"), calendar={"days": 2})
    data["channels"]["counter"] = {"when_closed": {"share": 1, "spread": "5 min", "tries": 2}}
    day = [visit("8:00", talk=2, patience=7), visit("16:50", talk=20), visit("16:55", talk=3, patience=11)]
    run = simulate(engine, tmp_path, data, visit=day)
    assert contacts(run, "arrived answered ended outcome next patience entry") == table("""
        arrived  answered  ended    outcome      next             patience  entry
        8:00     -         8:00     closed       tries_when_open  7         fresh
        9:05     9:05      9:07     answered     none             7         retry_closed
        16:50    16:50     17:10    answered     none             inf       fresh
        16:55    -         17:00    turned_away  tries_when_open  11        fresh
        1+9:05   1+9:05    1+9:08   answered     none             11        retry_closed
    """)


# ---- tries


def test_R7_a_redial_keeps_its_patience_and_its_clock_begins_anew(engine: Engine, tmp_path: Path) -> None:
    again = {"after_abandonment": 1, "delay": "10 min", "tries": 3}
    data = world(one_clerk(), channels={"counter": {"try_again": again}})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", talk=60), visit("9:10", talk=1, patience=2)])
    assert contacts(run, "arrived ended outcome next patience try_number") == table("""
        arrived  ended  outcome    next      patience  try_number
        9:00     10:00  answered   none      inf       0
        9:10     9:12   abandoned  redials   2         0
        9:22     9:24   abandoned  redials   2         1
        9:34     9:36   abandoned  gives_up  2         2
    """)


def test_R6_a_full_room_turns_people_back_who_try_again_as_after_a_busy_line(engine: Engine, tmp_path: Path) -> None:
    again = {"after_busy": 1, "delay_after_busy": "3 min", "tries": 2}
    data = world(one_clerk(), channels={"counter": {"seats": 2, "try_again": again}})
    day = [visit("9:00", talk=4, wrap_up=5), visit("9:01", talk=1), visit("9:02", talk=1)]
    run = simulate(engine, tmp_path, data, visit=day)
    assert contacts(run, "arrived answered ended outcome next") == table("""
        arrived  answered  ended  outcome   next
        9:00     9:00      9:04   answered  none
        9:01     9:09      9:10   answered  none
        9:02     -         9:02   balked    redials
        9:05     9:10      9:11   answered  none
    """)


# ---- own executives


def shop(**cover: Any) -> dict[str, Any]:
    """Two executives with twenty customers, a clerk who stands in, a secretary; two days."""
    visits = {
        "asks_for": "own", "cover": "visits", "talk": "5 min", "solved": 1, "solved_with_file": 1, "solved_without_file": 0,
        "unsolved": {"returns": 1, "delay": "1 h"},
    }  # fmt: skip
    ways = {
        "buddy": {"has_file": 1, "search_with_file": "2 min", "search_without_file": "9 min"},
        "substitute": {"team": "clerks", "has_file": 0, "search_with_file": "2 min", "search_without_file": "8 min", "talk": "3 min"},
        "come_back": {"team": "secretary", "time": "1 min", "returns": 1, "delay": "15 min"},
        "message": {"team": "secretary", "time": "3 min", "call_back": "4 min"},
    }
    both = {name: cover.pop(name) for name in ("busy", "away") if name in cover}
    used = {rule for rules in both.values() for rule in rules}
    return world(
        {name: {"agents": count} for name, count in (("executives", 2), ("clerks", 1), ("secretary", 1))},
        calendar={"days": 2},
        segments={"firms": {"customers": 20, "own_executive": {"team": "executives"}}},
        reasons={"visit": visits},
        cover={"visits": {**both, **{name: way for name, way in ways.items() if name in used}, **cover}},
        routes={"all": {"teams": ["executives"]}},
    )


def own_visit(data: dict[str, Any], folder: Path, time: str, executive: str = "executives/1", **known: Any) -> dict[str, Any]:
    """A visit of a customer of an executive."""
    (folder / "visit.csv").write_text("date,time\n", encoding="utf-8")
    return visit(time, customer=customers_of(data, executive, folder)[0], **known)


@pytest.mark.parametrize(
    ("rule", "second"),
    [
        ("wait", "9:10  9:13  executives/1  own         answered           none"),
        ("buddy", "9:02  9:07  executives/2  buddy       answered           none"),
        ("substitute", "9:02  9:13  clerks/1      substitute  answered           comes_back"),
        ("come_back", "9:02  9:03  secretary/1   desk        told_to_come_back  comes_back"),
        ("message", "9:02  9:05  secretary/1   desk        message_left       call_back"),
    ],
)
def test_R25_a_contact_whose_executive_is_busy_follows_the_rule(engine: Engine, tmp_path: Path, rule: str, second: str) -> None:
    data = shop(busy=[rule], away=["come_back"])
    first = own_visit(data, tmp_path, "9:00", talk=10)
    run = simulate(engine, tmp_path, data, visit=[first, own_visit(data, tmp_path, "9:02", talk=3)])
    assert contacts(run, "answered ended agent cover outcome next")[1:3] == table(f"""
        9:00  9:10  executives/1  own  answered  none
        {second}
    """)


def test_R30_a_promised_call_waits_until_the_executive_is_free(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["message"], away=["message"])
    ours = own_visit(data, tmp_path, "9:00", talk=10)
    run = simulate(engine, tmp_path, data, visit=[ours, {**ours, "time": "9:02"}])
    assert contacts(run, "arrived queued answered ended agent cover entry")[1:] == table("""
        9:00  9:00  9:00  9:10  executives/1  own   fresh
        9:02  9:02  9:02  9:05  secretary/1   desk  fresh
        9:05  9:05  9:10  9:14  executives/1  own   call_back
    """)


@pytest.mark.parametrize(
    ("rules", "outcome", "later"),
    [
        ("come_back", "9:02  9:03  secretary/1   desk   told_to_come_back", "1+9:17  1+9:20  executives/1  own  comeback"),
        ("message", "9:02  9:05  secretary/1   desk   message_left", "1+9:00  1+9:04  executives/1  own  call_back"),
        ("buddy come_back", "9:02  9:07  executives/2  buddy  answered", None),
        ("substitute come_back", "9:02  9:13  clerks/1      substitute  answered", "1+9:17  1+9:20  executives/1  own  comeback"),
    ],
)
def test_R25_R27_R30_a_contact_whose_executive_is_away_follows_the_rule_and_the_executive_meets_it_next_morning(
    engine: Engine, tmp_path: Path, rules: str, outcome: str, later: str | None
) -> None:
    data = shop(busy=["wait"], away=rules.split())
    data["reasons"]["visit"]["talk"] = "3 min"
    data["absences"] = {"course": {"team": "executives", "agents": ["1"], "on": ["2026-03-02"]}}
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "answered ended agent cover outcome")[1:2] == table(outcome)
    assert contacts(run, "answered ended agent cover entry")[2:] == (table(later) if later else [])


def test_R25_who_may_only_wait_for_an_absent_executive_waits_until_closing_and_is_turned_away(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["wait", "come_back"])
    data["absences"] = {"course": {"team": "executives", "agents": ["1"], "on": ["2026-03-02"]}}
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived ended cover outcome queue")[1:] == [["9:02", "17:00", "own", "turned_away", "executives/1"]]


def test_R25_a_covering_team_that_is_off_duty_for_today_gives_way_to_the_next_rule(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["substitute", "message", "come_back"])
    absent = [("executives", ["1"]), ("clerks", ["1"]), ("secretary", ["1"])]
    data["absences"] = {team: {"team": team, "agents": who, "on": ["2026-03-02"]} for team, who in absent}
    del data["cover"]["visits"]["come_back"]["team"]
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived ended agent cover outcome")[1] == ["9:02", "9:02", "-", "desk", "told_to_come_back"]


def test_R25_the_last_rule_needs_nobody_when_the_desk_is_off_duty(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["message"])
    data["absences"] = {team: {"team": team, "agents": ["1"], "on": ["2026-03-02"]} for team in ("executives", "secretary")}
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived answered ended outcome entry")[1:] == table("""
        9:02  -       9:02    message_left  fresh
        9:02  1+9:00  1+9:04  answered      call_back
    """)


def test_R24_an_executive_who_finishes_a_contact_before_his_break_is_busy_and_on_a_long_late_break_away(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["substitute"], away=["come_back"], counts_as_away="20 min")
    data["teams"]["executives"]["breaks"] = {"lunch": {"at": "12:00", "length": "30 min"}}
    day = [own_visit(data, tmp_path, time, talk=talk) for time, talk in (("11:50", 45), ("12:10", 3), ("12:40", 3), ("13:05", 3))]
    run = simulate(engine, tmp_path, data, visit=day)
    assert fresh_contacts(run, "arrived ended cover outcome") == table("""
        11:50  12:35  own         answered
        12:10  12:21  substitute  answered
        12:40  12:41  desk        told_to_come_back
        13:05  13:08  own         answered
    """)


def test_R24_two_short_breaks_taken_together_count_as_one_long_break(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["come_back"], counts_as_away="20 min")
    data["teams"]["executives"]["breaks"] = {"tea": {"at": "12:00", "length": "15 min"}, "milk": {"at": "12:20", "length": "15 min"}}
    day = [own_visit(data, tmp_path, time, talk=talk) for time, talk in (("11:50", 50), ("12:45", 3), ("13:15", 3))]
    run = simulate(engine, tmp_path, data, visit=day)
    assert fresh_contacts(run, "arrived ended cover outcome") == table("""
        11:50  12:40  own   answered
        12:45  12:46  desk  told_to_come_back
        13:15  13:18  own   answered
    """)


def test_R26_those_who_wait_for_an_executive_who_goes_are_received_again_and_their_patience_goes_on(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["substitute", "come_back"])
    data["absences"] = {"meeting": {"team": "executives", "agents": ["1"], "on": ["2026-03-02"], "hours": "10:00-12:00"}}
    day = [own_visit(data, tmp_path, time, **known) for time, known in (
        ("9:45", {"talk": 20}), ("9:50", {}), ("9:53", {"patience": 20}), ("9:55", {"patience": 12}), ("10:30", {}),
    )]  # fmt: skip
    run = simulate(engine, tmp_path, data, visit=day)
    assert fresh_contacts(run, "arrived answered ended agent cover outcome queue") == table("""
        9:45   9:45   10:05  executives/1  own         answered   -
        9:50   10:00  10:11  clerks/1      substitute  answered   executives/1
        9:53   10:11  10:22  clerks/1      substitute  answered   executives/1
        9:55   -      10:07  -             substitute  abandoned  executives/1
        10:30  10:30  10:41  clerks/1      substitute  answered   -
    """)


def test_R26_who_waits_on_through_two_departures_stands_in_line_once(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["wait", "come_back"])
    data["absences"] = {
        name: {"team": "executives", "agents": ["1"], "hours": hours} for name, hours in (("a", "10:00-11:00"), ("b", "11:00:30-12:00"))
    }
    day = [own_visit(data, tmp_path, time, talk=talk) for time, talk in (("9:50", 15), ("9:55", 5), ("9:56", 2))]
    run = simulate(engine, tmp_path, data, visit=day)
    assert contacts(run, "arrived answered ended")[1:] == table("""
        9:50  9:50   10:05
        9:55  11:00  11:05
        9:56  12:00  12:02
    """)


def test_R26_who_has_waited_on_at_the_first_departure_is_received_once_at_the_second(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["substitute", "wait", "come_back"])
    data["cover"]["visits"]["substitute"]["longest_line"] = 1
    data["absences"] = {"course": {"team": "executives", "agents": ["2"]}, "meeting": {"team": "executives", "agents": ["1"], "hours": "10:00-12:00"}}
    theirs, ours = own_visit(data, tmp_path, "9:52", "executives/2"), own_visit(data, tmp_path, "9:50", talk=15)
    day = [ours, theirs, {**ours, "time": "9:55", "talk_s": 60}, {**theirs, "time": "9:58", "patience_s": 180}, {**theirs, "time": "10:20"}]
    run = simulate(engine, tmp_path, data, visit=day)
    assert fresh_contacts(run, "arrived answered ended agent outcome") == table("""
        9:50  9:50   10:05  executives/1  answered
        9:52  9:52   10:03  clerks/1      answered
        9:55  10:05  10:16  clerks/1      answered
        9:58  -      10:01  -             abandoned
        10:20  10:20  10:31  clerks/1     answered
    """)


def test_R26_who_is_inside_a_closed_counter_waits_for_an_executive_who_stays(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["come_back"])
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "16:50", talk=20), own_visit(data, tmp_path, "16:55", talk=2)])
    assert contacts(run, "arrived answered ended outcome")[1:] == table("""
        16:50  16:50  17:10  answered
        16:55  17:10  17:12  answered
    """)


def test_R30_a_message_taken_by_the_executive_himself_is_called_back_at_once(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["message"], away=["message"])
    data["cover"]["visits"]["message"]["team"] = "executives"
    data["absences"] = {"holiday": {"team": "executives", "agents": ["2"]}}
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:00", talk=10), own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived answered ended agent outcome patience")[1:] == table("""
        9:00  9:00  9:10  executives/1  answered      inf
        9:02  9:10  9:13  executives/1  message_left  inf
        9:13  9:13  9:17  executives/1  answered      inf
    """)


def test_R30_promised_calls_wait_for_another_day_while_the_executive_serves_those_inside(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["message", "wait"], away=["message"])
    data["cover"]["visits"]["message"]["priority"] = 1
    data["segments"]["firms"]["patience"] = "1 h"
    data["reasons"]["ask"] = {"talk": "2 min"}
    data["routes"]["all"]["teams"] = ["executives"]
    data["absences"] = {"holiday": {"team": "executives", "agents": ["2"]}}
    ours = own_visit(data, tmp_path, "16:40", talk=30)
    run = simulate(engine, tmp_path, data, visit=[ours, {**ours, "time": "16:45"}], ask=[visit("16:50")])
    assert contacts(run, "arrived answered ended agent outcome entry")[1:] == table("""
        16:40  16:40   17:10   executives/1  answered      fresh
        16:45  16:45   16:48   secretary/1   message_left  fresh
        16:48  1+9:00  1+9:04  executives/1  answered      call_back
        16:50  17:10   17:12   executives/1  answered      fresh
    """)


def test_R30_a_promised_call_is_not_one_of_those_whom_a_newcomer_sees_waiting(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["message"], away=["message"])
    data["channels"]["counter"] = {"balking": {1: 1}}
    ours = own_visit(data, tmp_path, "9:00", talk=30)
    day = [ours, {**ours, "time": "9:02"}, {**ours, "time": "9:10"}]
    run = simulate(engine, tmp_path, data, visit=day)
    assert fresh_contacts(run, "outcome") == [["answered"], ["message_left"], ["message_left"]]


@pytest.mark.parametrize(("chance", "day"), [(None, "3+9:17"), (1, "1+9:17")])
def test_R27_the_return_is_on_the_first_open_day_on_which_the_plan_has_the_executive_present(
    engine: Engine, tmp_path: Path, chance: float | None, day: str
) -> None:
    data = shop(busy=["wait"], away=["come_back"])
    data["calendar"] |= {"days": 5, "closed": ["2026-03-04"]}
    absence: dict[str, Any] = {"team": "executives", "agents": ["1"], "on": ["2026-03-02", "2026-03-03"]}
    data["absences"] = {"away": {**absence, **({} if chance is None else {"chance": chance})}}
    run = simulate(engine, tmp_path, data, visit=[own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived")[2] == [day]


def test_R25_the_named_buddy_covers_before_a_colleague_with_a_shorter_line(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["buddy", "come_back"])
    data["teams"]["executives"] = {"agents": 3, "members": {"1": {"buddy": "3"}}}
    data["absences"] = {"course": {"team": "executives", "agents": ["1"], "on": ["2026-03-02"]}}
    third = own_visit(data, tmp_path, "9:00", "executives/3", talk=20)
    run = simulate(engine, tmp_path, data, visit=[third, own_visit(data, tmp_path, "9:02")])
    assert contacts(run, "arrived answered agent cover")[2] == ["9:02", "9:20", "executives/3", "buddy"]


def test_R25_colleagues_with_long_lines_do_not_cover(engine: Engine, tmp_path: Path) -> None:
    data = shop(busy=["wait"], away=["buddy", "come_back"])
    data["cover"]["visits"]["buddy"]["longest_line"] = 1
    data["absences"] = {"course": {"team": "executives", "agents": ["1"], "on": ["2026-03-02"]}}
    theirs = own_visit(data, tmp_path, "9:00", "executives/2", talk=20)
    ours = own_visit(data, tmp_path, "9:02")
    run = simulate(engine, tmp_path, data, visit=[theirs, ours, {**ours, "time": "9:03"}])
    assert contacts(run, "arrived cover outcome")[2:4] == table("""
        9:02  buddy  answered
        9:03  desk   told_to_come_back
    """)
