"""Call files: layouts, bad lines, traps of the bank's log, observed intervals, agents on duty."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from servsim.errors import SettingError
from servsim.record.call_file import LOG, RecordedCalls, read_calls
from servsim.record.layout import load_layout
from servsim.record.observed import observed_by_interval
from servsim.record.on_duty import DutyRule, agents_on_duty
from servsim.rules.codes import Outcome

ROOT = Path(__file__).resolve().parents[1]
LAYOUTS = ROOT / "conf" / "layout"
BANK_DATA = ROOT.parent / "shared" / "data" / "anonymous_bank_1999"
NAMES = "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time q_start q_exit q_time outcome ser_start ser_exit ser_time server"
VALUES = "AA0101 1 17 2 PS 990103 10:00:00 10:00:06 6 10:00:06 10:00:36 30 AGENT 10:00:36 10:02:36 120 A1"

needs_bank = pytest.mark.skipif(not BANK_DATA.is_dir(), reason=f"the recorded calls are not at {BANK_DATA}")


def bank_line(**changed: object) -> str:
    """A line of the bank's log: entered the menu at 10:00:00, waited 30 s, was served 120 s by A1."""
    line = dict(zip(NAMES.split(), VALUES.split(), strict=True))
    return "\t".join(str(value) for value in (line | changed).values())


def bank_file(folder: Path, *lines: str, name: str = "calls.tsv") -> Path:
    path = folder / name
    path.write_text("\n".join(["\t".join(NAMES.split()), *lines]) + "\n", encoding="utf-8")
    return path


def read_bank(*paths: Path) -> RecordedCalls:
    return read_calls(paths, load_layout(LAYOUTS / "anonymous_bank.yaml"))


def kinds(calls: RecordedCalls) -> dict[str, tuple[int, int]]:
    return {kind.kind: (kind.count, kind.line) for kind in calls.rejected}


def test_a_line_of_the_bank_becomes_a_contact(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line()))

    assert calls.dates() == (dt.date(1999, 1, 3),)
    assert (calls.arrived_s[0], calls.menu_s[0], calls.wait_s[0], calls.talk_s[0]) == (36_000.0, 6.0, 30.0, 120.0)
    assert calls.outcome[0] == Outcome.ANSWERED
    assert calls.reason_names[calls.reason[0]] == "regular"
    assert calls.segment_names[calls.segment[0]] == "priority"
    assert calls.agent_names[calls.agent[0]] == "A1"
    assert calls.customer[0] == 17
    assert calls.rejected == calls.mended == ()


def test_gzip_and_plain_files_give_the_same_contacts(tmp_path: Path) -> None:
    plain = bank_file(tmp_path, bank_line(), bank_line(outcome="HANG"))
    packed = tmp_path / "calls.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    one, other = read_bank(plain), read_bank(packed)

    for column in ("date", "arrived_s", "menu_s", "wait_s", "talk_s", "outcome", "reason", "segment", "agent", "customer"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


def test_contacts_stay_in_the_order_of_the_files_and_of_their_lines(tmp_path: Path) -> None:
    late = bank_file(tmp_path, *(bank_line(customer_id=n) for n in (5, 3)), name="a.tsv")
    early = bank_file(tmp_path, *(bank_line(customer_id=n, date="990102") for n in (9, 1)), name="b.tsv")

    assert read_bank(late, early).customer.tolist() == [5, 3, 9, 1]


def test_bad_lines_are_counted_by_kind_with_their_first_line_and_left_out(tmp_path: Path) -> None:
    good = bank_line()
    joined = good.replace("2\tPS", "2 PS")
    lines = [good, joined, good, bank_line(date="991399"), joined, bank_line(outcome="MAYBE"), bank_line(q_time="soon"),
             good + "\tmore", bank_line(type="AA"), bank_line(vru_entry="25:00:00"), bank_line(priority="7"), bank_line(ser_time="x"), good]  # fmt: skip

    calls = read_bank(bank_file(tmp_path, *lines))

    assert len(calls) == 3
    assert kinds(calls) == {
        "too few columns": (2, 3),
        "too many columns": (1, 9),
        "date cannot be read": (1, 5),
        "outcome is not in the layout": (1, 7),
        "wait cannot be read": (1, 8),
        "reason is not in the layout": (1, 10),
        "arrival time cannot be read": (1, 11),
        "class is not in the layout": (1, 12),
        "talk time cannot be read": (1, 13),
    }


def test_a_value_that_the_layout_does_not_know_is_told_with_its_first_line(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(), bank_line(type="St\u00f6rung"), bank_line(type="AA"), bank_line(outcome="MAYBE"), bank_line(priority="7")))

    told = {kind.words: kind.count for kind in calls.rejected}
    assert told == {"reason 'St\u00f6rung' is not in the layout": 2, "outcome 'MAYBE' is not in the layout": 1, "class '7' is not in the layout": 1}


def test_an_empty_arrival_is_told_as_empty(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(), bank_line(vru_entry=""), bank_line(date=""), bank_line(vru_entry="noon")))

    assert kinds(calls) == {"arrival is empty": (1, 3), "date is empty": (1, 4), "arrival time cannot be read": (1, 5)}


def test_lines_that_repeat_an_earlier_line_in_every_cell_are_contacts_and_told(tmp_path: Path) -> None:
    """Two files: the first has one line three times, the second has it once more; a line that differs in a cell nobody reads is no repeat."""
    first = bank_file(tmp_path, bank_line(), bank_line(call_id=2), bank_line(), bank_line(), name="a.tsv")
    second = bank_file(tmp_path, bank_line(call_id=3), bank_line(), bank_line(type="?"), bank_line(type="?"), name="b.tsv")

    calls = read_bank(first, second)

    assert len(calls) == 6
    assert [(kind.count, Path(kind.file).name, kind.line) for kind in calls.repeated] == [(3, "a.tsv", 4)]
    assert read_bank(bank_file(tmp_path, bank_line(), bank_line(call_id=2))).repeated == ()


def test_what_reading_told_is_of_the_chosen_days_and_of_lines_without_a_day(tmp_path: Path) -> None:
    early = [bank_line(date="990103"), bank_line(date="990103", type="AA"), bank_line(date="990103"), bank_line(date="990103", vru_time=-1)]
    late = [bank_line(date="990105"), bank_line(date="990105", type="BB"), bank_line(date="?"), bank_line(date="990105", outcome="PHANTOM")]
    calls = read_bank(bank_file(tmp_path, *early, name="a.tsv"), bank_file(tmp_path, *late, name="b.tsv"))

    chosen = calls.of_period([(dt.date(1999, 1, 4), dt.date(1999, 1, 9))])

    assert (len(calls), len(chosen)) == (4, 1)
    assert {kind.words: (kind.count, kind.line) for kind in chosen.rejected} == {
        "date cannot be read": (1, 4), "outcome is ignored by the layout": (1, 5), "reason 'BB' is not in the layout": (1, 3)}  # fmt: skip
    assert chosen.mended == chosen.repeated == ()
    assert (calls.mended[0].count, calls.repeated[0].count) == (1, 1)
    assert [Path(name).name for name in chosen.days_of_file] == ["b.tsv"]


def test_line_numbers_count_the_lines_that_were_left_out_before(tmp_path: Path) -> None:
    bad = bank_line().replace("\t", " ")

    calls = read_bank(bank_file(tmp_path, bad, bad, bank_line(), bad, bank_line(type="AA"), bad, bad, bank_line(outcome="MAYBE")))

    assert kinds(calls) == {"too few columns": (5, 2), "reason is not in the layout": (1, 6), "outcome is not in the layout": (1, 9)}


def test_a_header_that_was_read_as_one_column_asks_for_the_separator(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("arrived;answered;ended;outcome;queue;agent\n", encoding="utf-8")

    with pytest.raises(SettingError, match=r"^replay_layout: column 'arrived'.*is `separator: semicolon` missing in the layout\?$"):
        read_calls([log], load_layout(LAYOUTS / "generic_calls.yaml"))
    with pytest.raises(SettingError, match=r"^layout: column 'arrived'"):
        read_calls([log], load_layout(LAYOUTS / "generic_calls.yaml"), LOG)


def test_a_file_in_another_encoding_is_refused_with_the_line_and_what_to_try(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes("arrived,answered,ended,outcome,queue,agent\n\n2026-03-02 09:00:00,,2026-03-02 09:01:30,abandoned,St\u00f6rung,\n".encode("latin-1"))

    with pytest.raises(SettingError, match=r"^log: .*log.csv is not utf-8 \(line 3\); try `encoding: latin-1` in the layout$"):
        read_calls([log], load_layout(LAYOUTS / "generic_calls.yaml"), LOG)


@pytest.mark.parametrize("packed", [gzip.compress, bytes])
def test_a_windows_file_is_read_with_its_own_letters(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    """The euro sign is 0x80 in cp1252; latin-1 has none."""
    layout, log = tmp_path / "layout.yaml", tmp_path / ("log.csv.gz" if packed is gzip.compress else "log.csv")
    layout.write_text((LAYOUTS / "generic_calls.yaml").read_text(encoding="utf-8") + "encoding: cp1252\n", encoding="utf-8")
    log.write_bytes(packed("arrived,answered,ended,outcome,queue,agent\n2026-03-02 09:00:00,,2026-03-02 09:01:30,abandoned,5 \u20ac \u00fc,\nbad\n".encode("cp1252")))

    calls = read_calls([log], load_layout(layout))

    assert calls.reason_names == ("5 \u20ac \u00fc",)
    assert [(kind.kind, kind.file, kind.line) for kind in calls.rejected] == [("too few columns", str(log), 3)]


def test_every_line_is_either_a_contact_or_counted_as_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    changes = [{}, {"type": "??"}, {"outcome": "PHANTOM"}, {"date": ""}, {"q_time": "-"}, {"outcome": "HANG", "q_time": 0}, {"server": "NO_SERVER"}]
    lines = [bank_line(**changes[i]) for i in rng.integers(0, len(changes), 500)]
    lines = [line if rng.random() > 0.1 else line[: len(line) // 2] for line in lines]

    calls = read_bank(bank_file(tmp_path, *lines))

    assert len(calls) + sum(kind.count for kind in calls.rejected) == 500


def test_phantom_calls_are_left_out(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(outcome="PHANTOM"), bank_line()))

    assert len(calls) == 1
    assert kinds(calls) == {"outcome is ignored by the layout": (1, 2)}


def test_hanging_up_without_a_wait_is_leaving_the_menu_and_not_an_abandonment(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(outcome="HANG", q_time=0, ser_time=0), bank_line(outcome="HANG", ser_time=0)))

    assert calls.outcome.tolist() == [Outcome.CONTAINED, Outcome.ABANDONED]
    assert len(calls.seeking_an_agent()) == 1
    assert np.isnan(calls.talk_s).all()


def test_a_forgotten_line_is_answered_and_its_length_unknown(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(ser_time=7200), bank_line(ser_time=7201)))

    assert (calls.outcome == Outcome.ANSWERED).all()
    np.testing.assert_array_equal(calls.talk_s, [7200.0, np.nan])
    assert [(kind.count, kind.line) for kind in calls.mended] == [(1, 3)]


def test_a_menu_left_before_it_was_entered_took_no_time(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(vru_time=-37)))

    assert calls.menu_s.tolist() == [0.0]
    assert [kind.kind for kind in calls.mended] == ["a time is below zero: taken as 0"]


def test_a_call_over_midnight_gets_a_day_added_where_the_layout_says_so(tmp_path: Path) -> None:
    layout = layout_file(tmp_path, "duration_below_zero: reject", "duration_below_zero: next_day", "menu: {column: vru_time}", "menu: {from: vru_entry, to: vru_exit}")

    calls = read_calls([bank_file(tmp_path, bank_line(vru_entry="23:59:58", vru_exit="0:00:05"))], load_layout(layout))

    assert calls.menu_s.tolist() == [7.0]


def test_the_class_of_callers_who_were_never_identified_is_unknown(tmp_path: Path) -> None:
    """By a fault of the log only callers who waited are identified."""
    calls = read_bank(bank_file(tmp_path, bank_line(priority=0, q_time=0), bank_line(priority=0), bank_line(priority=2, q_time=0)))

    assert [calls.segment_names[code] if code >= 0 else None for code in calls.segment] == [None, "regular", "priority"]


def test_nobody_is_no_agent_and_no_customer(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(server="NO_SERVER", customer_id=0), bank_line()))

    assert (calls.agent.tolist(), calls.customer.tolist()) == ([-1, 0], [-1, 17])
    assert calls.agent_names == ("A1",)


def layout_file(folder: Path, *replacements: str) -> Path:
    text = (LAYOUTS / "anonymous_bank.yaml").read_text(encoding="utf-8").replace("duration_below_zero: zero", "duration_below_zero: reject")
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path = folder / "layout.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_generic_log_with_full_stamps_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "arrived,answered,ended,outcome,queue,agent\n"
        "2026-03-02 23:59:30,2026-03-03 00:00:10,2026-03-03 00:03:10,answered,sales,7\n"
        "2026-03-03 09:00:00,,2026-03-03 09:01:30,abandoned,service,\n",
        encoding="utf-8",
    )

    calls = read_calls([log], load_layout(LAYOUTS / "generic_calls.yaml"))

    assert calls.rejected == ()
    assert calls.dates() == (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
    assert calls.wait_s.tolist() == [40.0, 90.0]
    np.testing.assert_array_equal(calls.talk_s, [180.0, np.nan])
    assert [calls.reason_names[code] for code in calls.reason] == ["sales", "service"]
    assert calls.segment.tolist() == [-1, -1]


def test_decimal_commas_semicolons_and_day_first_dates_are_read(tmp_path: Path) -> None:
    layout = tmp_path / "layout.yaml"
    layout.write_text(
        "separator: semicolon\nheader: absent\ncolumns: [tag, zeit, warten, dauer, ende]\ndecimal: comma\ndate_format: '%d.%m.%Y'\ntime_format: '%H:%M'\n"
        "record:\n  date: {column: tag}\n  arrived: {column: zeit}\n  wait: {column: warten}\n  talk: {column: dauer}\n"
        "  outcome: {column: ende, answered: [ja], abandoned: [nein]}\n",
        encoding="utf-8",
    )
    log = tmp_path / "log.csv"
    log.write_text("02.03.2026;9:15;12,5;0:03:20;ja\r\n02.03.2026;9:16;7,25;;nein\r\n", encoding="utf-8")

    calls = read_calls([log], load_layout(layout))

    assert calls.rejected == ()
    assert calls.wait_s.tolist() == [12.5, 7.25]
    assert calls.talk_s[0] == 200.0
    assert calls.arrived_s.tolist() == [33_300.0, 33_360.0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("separator: tab", "seperator: tab", "did you mean 'separator'"),
        ("header: present", "header: perhaps", "must be one of present, absent"),
        ("left_in_menu", "left_in_meny", "did you mean 'left_in_menu'"),
        ("longest_talk_s: 7200", "longest_talk_s: -1", "must be a number of seconds above 0"),
        ("arrived: {column: vru_entry}", "arrived: {}", "record.arrived.column"),
        ("menu: {column: vru_time}", "menu: {from: vru_entry}", "either a column of seconds or the stamps"),
    ],
)
def test_a_layout_error_names_the_path_and_what_is_allowed(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        load_layout(layout_file(tmp_path, old, new))


def test_all_layout_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as error:
        load_layout(layout_file(tmp_path, "separator: tab", "separator: tabs", "header: present", "header: x"))

    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["", "[]", "3", "record: [1]", "{", "record: {arrived: x}", "rules: {longest_talk_s: [1]}", "record: {outcome: {answered: {a: b}}}"])
def test_any_text_as_a_layout_is_refused_in_one_sentence_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layout.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingError):
        load_layout(path)


def test_a_missing_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    path = bank_file(tmp_path, bank_line())
    path.write_text(path.read_text(encoding="utf-8").replace("ser_time", "ser_tim"), encoding="utf-8")

    with pytest.raises(SettingError, match=r"'ser_time'.*did you mean 'ser_tim'"):
        read_bank(path)


def test_a_file_that_is_missing_broken_or_without_a_usable_line_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "calls.tsv.gz"
    broken.write_bytes(gzip.compress(bank_file(tmp_path, *[bank_line()] * 2000).read_bytes())[:300])

    for paths in ([], [tmp_path / "nowhere.tsv"], [broken], [bank_file(tmp_path, bank_line(type="?"), name="useless.tsv")]):
        with pytest.raises(SettingError):
            read_bank(*paths)


def test_observed_measures_of_a_hand_worked_hour(tmp_path: Path) -> None:
    """Six offered in the hour: served after 0, 10, 20, 50 s; given up after 4 and 60 s; one left in the menu."""
    waits = [bank_line(q_time=w) for w in (0, 10, 20, 50)] + [bank_line(q_time=w, outcome="HANG", ser_time=0) for w in (4, 60, 0)]

    seen = observed_by_interval(read_bank(bank_file(tmp_path, *waits)), 3600.0, 20.0)

    assert seen.days == 1
    assert (seen.offered[10], seen.answered[10], seen.abandoned[10]) == (6, 4, 2)
    assert seen.mean_wait_s[10] == pytest.approx(144 / 6)
    assert seen.average_speed_of_answer_s[10] == pytest.approx(80 / 4)
    levels = {name: seen.service_level(name)[10] for name in ("within_of_offered", "answered_of_answered", "answered_of_offered", "abandons_within_left_out", "short_abandons_count")}
    assert levels == pytest.approx(
        {"within_of_offered": 4 / 6, "answered_of_answered": 3 / 4, "answered_of_offered": 3 / 6, "abandons_within_left_out": 3 / 5, "short_abandons_count": 4 / 6}
    )
    assert (seen.service_level("answered_of_offered")[3], seen.mean_wait_s[3]) == (1.0, 0.0)


def test_an_agent_is_on_duty_between_calls_but_not_in_a_long_gap(tmp_path: Path) -> None:
    """Calls of A1 from 10:00:36, 10:20:36 and 11:20:36, two minutes each: the hour's gap is a break."""
    calls = read_bank(bank_file(tmp_path, *(bank_line(vru_entry=t) for t in ("10:00:00", "10:20:00", "11:20:00"))))

    duty = agents_on_duty(calls, 1800.0, DutyRule(longest_gap_s=1800.0, longest_neglect_s=1e9))

    assert duty.agents[0, 20] == pytest.approx((20 * 60 + 120) / 1800)
    assert duty.agents[0, 21] == 0.0
    assert duty.agents[0, 22] == pytest.approx(120 / 1800)
    assert duty.agents.sum() * 1800 == pytest.approx(20 * 60 + 240)


def test_an_agent_who_lets_people_wait_was_not_there(tmp_path: Path) -> None:
    """Ten minutes between two calls of A1; in them somebody waited 200 s and gave up."""
    calls = [bank_line(vru_entry="10:00:00"), bank_line(vru_entry="10:12:00", q_time=0)]
    lonely = bank_line(vru_entry="10:05:00", q_time=200, outcome="HANG", ser_time=0)

    patient, strict = DutyRule(longest_neglect_s=240.0), DutyRule(longest_neglect_s=180.0)
    read = read_bank(bank_file(tmp_path, *calls, lonely))

    served_s = 120.0 + 120.0
    assert agents_on_duty(read, 3600.0, strict).agents[0, 10] * 3600 == pytest.approx(served_s)
    assert agents_on_duty(read, 3600.0, patient).agents[0, 10] * 3600 > served_s + 500


def test_overlapping_calls_of_one_agent_count_once(tmp_path: Path) -> None:
    calls = read_bank(bank_file(tmp_path, bank_line(ser_time=600), bank_line(vru_entry="10:02:00", ser_time=60)))

    assert agents_on_duty(calls, 3600.0).agents[0, 10] * 3600 == pytest.approx(600.0)


@needs_bank
def test_a_month_of_the_bank_is_read_whole() -> None:
    assert len(read_bank(BANK_DATA / "calls_1999_01.tsv.gz")) > 31_000


@needs_bank
def test_the_bank_by_half_hour_and_type_agrees_with_the_published_intervals() -> None:
    """intervals_30min.csv.gz was counted by another program, by the moment of joining the line."""
    calls = read_bank(*sorted(BANK_DATA.glob("calls_*.tsv.gz")))
    calls = replace(calls, arrived_s=calls.arrived_s + calls.menu_s)
    types = {"PS": "regular", "PE": "english", "IN": "internet_support", "NE": "stock_exchange", "NW": "new_customer", "TT": "returned_call"}
    published: dict[tuple[str, str, str], np.ndarray] = defaultdict(lambda: np.zeros(4))
    with gzip.open(BANK_DATA / "intervals_30min.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            published[row["date"], types[row["type"]], row["interval_start"]] += [float(row[n]) for n in ("offered", "answered", "abandoned", "answered_le_20s")]

    for date in (dt.date(1999, 1, 27), dt.date(1999, 2, 5), dt.date(1999, 5, 23)):
        for reason in types.values():
            own = calls.of_period([(date, date)])
            seen = observed_by_interval(own.where(own.reason == own.reason_names.index(reason)), 1800.0, 20.0)
            for i in range(48):
                found = [seen.offered[i], seen.answered[i], seen.abandoned[i], seen.answered_within[i]]
                assert found == published[date.isoformat(), reason, f"{i // 2:02d}:{i % 2 * 30:02d}"].tolist()


@needs_bank
def test_agents_on_duty_are_hardly_ever_fewer_than_agents_in_a_call() -> None:
    """busy_agents_30min.csv.gz counts an agent twice whose forgotten line goes on while the next call is served."""
    calls = read_bank(BANK_DATA / "calls_1999_02.tsv.gz")
    duty = agents_on_duty(calls, 1800.0)
    days = {dt.date.fromordinal(int(d)).isoformat(): row for d, row in zip(duty.date, duty.agents, strict=True)}
    with gzip.open(BANK_DATA / "busy_agents_30min.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["date"] in days and row["interval_start"] < "24"]

    def surplus(row: dict[str, str]) -> float:
        hour, minute = map(int, row["interval_start"].split(":"))
        return float(days[row["date"]][hour * 2 + minute // 30]) - float(row["mean_busy_agents"])

    assert len(rows) > 700
    assert sum(surplus(row) < -0.05 for row in rows) < 0.02 * len(rows)
