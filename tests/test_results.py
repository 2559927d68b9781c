"""Writing and reading a study: complete or not at all, resumable, and never at the cost of an earlier one."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import handmade
import numpy as np
import pytest
from handmade import DAY, NAMES, NINE, TERMS, T

import servsim
from servsim.errors import ResultsError, SettingError
from servsim.measure.summary import summarise
from servsim.measure.table import COLUMNS, layout_of, measure
from servsim.study.folder import MARK, check_name, paths_of, study_key
from servsim.study.results import load_results
from servsim.study.tables import AGENTS, CASES, CONTACTS, CUSTOMERS, log_tables
from servsim.study.writer import Existing, StudyWriter, export_csv, has_part, write_part

PLAN = handmade.plan()
LAYOUT = layout_of(PLAN, NAMES, TERMS)
ROOT = Path(__file__).resolve().parents[1]


def tables(replication: int = 0):
    log = handmade.log(NINE, replication=replication)
    return {**log_tables(log, PLAN, NAMES), "measures": measure(log, LAYOUT)}


def write(root: Path, study: str = "monday", count: int = 1, existing: Existing = Existing.REFUSE, key: str = "k", **manifest):
    with StudyWriter(root, study, key, existing) as writer:
        for number in range(count):
            writer.add(number, tables(number))
        summary = summarise([tables(number)["measures"] for number in range(count)])
        return writer.finish({"seed": 1, **manifest}, summary, range(count))


# ---- what is read back -----------------------------------------------------------------------------------------------


def test_a_study_is_read_back_as_it_was_measured(tmp_path):
    write(tmp_path, count=2)

    results = load_results("monday", tmp_path)

    assert len(results.measures["value"]) == 2 * len(LAYOUT.words["measure"])
    assert tuple(results.measures) == COLUMNS
    assert np.array_equal(results.measures["value"], np.tile(tables()["measures"]["value"], 2), equal_nan=True)
    assert results.measures["replication"].tolist() == [0] * (len(results.measures["value"]) // 2) + [1] * (len(results.measures["value"]) // 2)
    assert results.row("average_speed_of_answer_s")["value"] == 22.5
    assert results.row("offered", channel="phone", interval="09:00")["value"] == 7


def test_the_logs_are_read_back_in_words(tmp_path):
    write(tmp_path)
    contacts = load_results("monday", tmp_path).contacts

    assert tuple(contacts) == tuple(CONTACTS)
    assert contacts["outcome"].tolist() == ["answered", "answered", "abandoned", "answered", "blocked", "answered", "closed", "told_to_come_back", "open"]
    assert contacts["agent"].tolist() == ["clerks/1", "clerks/2", None, "clerks/1", None, "clerks/2", None, "desk/1", None]
    assert contacts["team"].tolist()[:3] == ["clerks", "clerks", None]
    assert contacts["entry"][5] == "redial"
    assert contacts["solved"].tolist()[:3] == ["yes", "no", "not_served"]
    assert contacts["next_step"][1] == "comes_back"
    assert contacts["channel"].tolist()[6] == "counter"
    assert contacts["wait_s"].tolist()[:4] == [0, 0, 40, 90]
    assert np.isnan(contacts["answered_s"][2])
    assert np.isinf(contacts["patience_s"][0])
    assert contacts["root"].tolist() == NINE["root"].tolist()
    assert contacts["next_contact"][2] == 5


def test_cases_agents_and_customers_have_their_documented_columns(tmp_path):
    write(tmp_path)
    results = load_results("monday", tmp_path)

    assert tuple(results.cases) == tuple(CASES)
    assert tuple(results.agents) == tuple(AGENTS)
    assert tuple(results.customers) == tuple(CUSTOMERS)
    assert results.cases["state"].tolist() == ["solved", "given_up", "solved", "solved", "given_up", "given_up", "open"]
    first = results.agents["agent"] == "clerks/1"
    assert results.agents["state"][first].tolist()[:4] == ["off", "search", "talk", "wrap_up"]
    assert results.customers["waited_s"].tolist() == [30, 40]


def test_tables_without_rows_keep_the_types_of_their_columns(tmp_path):
    empty = handmade.log(handmade.contacts(), [])
    with StudyWriter(tmp_path, "night", "k") as writer:
        writer.add(0, log_tables(empty, PLAN, NAMES))
        writer.add(1, log_tables(handmade.log(NINE, replication=1), PLAN, NAMES))
        writer.finish({}, [], [0, 1])

    contacts = load_results("night", tmp_path).contacts
    assert len(contacts["root"]) == 9
    assert contacts["outcome"][0] == "answered"


def test_names_with_quotes_and_letters_of_all_countries_survive(tmp_path):
    names = NAMES._replace(reasons=("l'été; DROP", "Żółć"))
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, log_tables(handmade.log(NINE), PLAN, names))
        writer.finish({}, [], [0])

    assert set(load_results("monday", tmp_path).contacts["reason"]) == {"l'été; DROP", "Żółć"}


def test_a_study_is_opened_by_name_or_by_path(tmp_path):
    folder = write(tmp_path)

    assert folder == tmp_path / "monday"
    assert load_results(folder).manifest == load_results("monday", tmp_path).manifest == load_results(str(folder)).manifest


def test_the_manifest_says_what_was_run_and_lists_every_file(tmp_path):
    folder = write(tmp_path, count=2, settings={"horizon": float("inf"), "n": np.int64(3)}, started="2026-03-02T09:00:00")
    manifest = json.loads((folder / "manifest.json").read_text())

    assert manifest[MARK] == 1
    assert manifest["study"] == "monday"
    assert manifest["seed"] == 1
    assert manifest["settings"] == {"horizon": "inf", "n": 3}
    assert manifest["replications"] == [0, 1]
    assert {"python", "servsim", "numpy", "simpy", "duckdb"} == set(manifest["versions"])
    assert manifest["versions"]["servsim"] == servsim.__version__
    assert manifest["engines"] == {"not_noted": 2}
    rows = {entry["name"]: entry.get("rows") for entry in manifest["files"]}
    assert rows["contacts.parquet"] == 18
    assert rows["cases.parquet"] == 14
    assert set(rows) == {f"{name}.parquet" for name in ("contacts", "cases", "agents", "customers", "measures")} | {"summary.csv", "summary.json"}
    assert not (folder / "figures").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["monday"]


def test_the_manifest_says_which_engines_simulated_whoever_began_the_study(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        write_part(writer.paths.partial, "k", 0, tables(0), "simpy")
    with StudyWriter(tmp_path, "monday", "k") as writer:
        for number in (1, 2):
            write_part(writer.paths.partial, "k", number, tables(number), "compiled")
        writer.finish({}, [], [0, 1, 2])

    manifest = load_results("monday", tmp_path).manifest
    assert manifest["engines"] == {"compiled": 2, "simpy": 1}
    assert manifest["key"] == "k"
    assert {"python", "servsim", "numpy", "simpy", "duckdb", "numba", "llvmlite"} == set(manifest["versions"])


def test_a_changed_or_missing_file_is_found_out(tmp_path):
    folder = write(tmp_path)
    results = load_results(folder)
    results.check()

    with (folder / "summary.csv").open("a") as file:
        file.write("x")
    with pytest.raises(ResultsError, match=r"summary\.csv: was changed since"):
        results.check()
    (folder / "summary.csv").unlink()
    with pytest.raises(ResultsError, match=r"summary\.csv: is missing"):
        results.check()


def test_the_summary_for_excel_has_one_row_per_estimate(tmp_path):
    folder = write(tmp_path, count=2)
    rows = list(csv.DictReader((folder / "summary.csv").open(encoding="utf-8-sig")))
    (phone,) = [row for row in rows if row["measure"] == "offered" and row["by"] == "channel_interval" and row["channel"] == "phone" and row["interval"] == "09:00"]

    assert float(phone["value"]) == 7
    assert len(rows) == len(load_results(folder).summary)


def test_csv_files_are_copied_beside_on_request(tmp_path):
    folder = write(tmp_path)

    copied = export_csv(folder, ["contacts", "cases"])

    assert [path.name for path in copied] == ["contacts.csv", "cases.csv"]
    rows = list(csv.DictReader((folder / "contacts.csv").open()))
    assert rows[0]["outcome"] == "answered"
    assert rows[2]["agent"] == ""


def test_extras_such_as_figures_are_listed_with_the_rest(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables())
        folder = writer.finish({}, [], [0], extras=lambda ready: (ready / "day.png").write_bytes(b"png") and None)

    assert "day.png" in [entry["name"] for entry in load_results(folder).manifest["files"]]
    load_results(folder).check()


def test_a_study_may_keep_measures_only(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, {"measures": tables()["measures"]})
        writer.finish({}, [], [0])

    with pytest.raises(ResultsError, match="did not keep its contacts"):
        _ = load_results("monday", tmp_path).contacts


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_a_missing_study_is_refused_with_the_nearest_name(tmp_path):
    write(tmp_path)

    with pytest.raises(ResultsError, match="there is no such study; did you mean 'monday'"):
        load_results("mondya", tmp_path)


def test_a_foreign_folder_is_neither_read_nor_replaced(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")

    with pytest.raises(ResultsError, match=r"has no manifest\.json"):
        load_results("photos", tmp_path)
    with pytest.raises(ResultsError, match="is not a results folder of servsim"):
        StudyWriter(tmp_path, "photos", "k", Existing.REPLACE)
    assert (tmp_path / "photos" / "cat.jpg").exists()


@pytest.mark.parametrize("content", ["{}", "[1]", "not json", '{"servsim_results": 99}'])
def test_a_manifest_that_is_not_ours_is_refused(tmp_path, content):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text(content)

    with pytest.raises(ResultsError, match=r"manifest\.json"):
        load_results("odd", tmp_path)


def test_a_broken_table_is_refused_with_its_path(tmp_path):
    folder = write(tmp_path)
    (folder / "contacts.parquet").write_bytes(b"PAR1 and then nothing")

    with pytest.raises(ResultsError, match=r"contacts\.parquet: cannot be read as Parquet"):
        _ = load_results(folder).contacts


def test_an_earlier_study_is_not_overwritten_without_being_told_to(tmp_path):
    write(tmp_path, note="first")

    with pytest.raises(ResultsError, match="this study exists; choose another name"):
        write(tmp_path, note="second")
    assert load_results("monday", tmp_path).manifest["note"] == "first"

    write(tmp_path, existing=Existing.REPLACE, note="second")
    assert load_results("monday", tmp_path).manifest["note"] == "second"


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "x" * 101, "dot.", "CON", "nul.txt", " lead", "a\nb", "a:b", "-x"])
def test_a_study_name_that_is_no_folder_name_is_refused(tmp_path, name):
    with pytest.raises(SettingError, match="study: got"):
        StudyWriter(tmp_path, name, "k")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["monday", "5 clerks", "clerks=5,seed=2", "Ćwiczenie", "v1.2", "_test"])
def test_a_study_name_may_be_what_planners_write(name):
    check_name(name)


def test_an_unknown_table_is_refused(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer, pytest.raises(ResultsError, match="tables: got queues; must be one of contacts"):
        writer.add(0, {"queues": {"a": np.zeros(1)}})


def test_a_study_is_not_finished_without_its_replications(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables())
        with pytest.raises(ResultsError, match="replication 1 is not finished"):
            writer.finish({}, [], [0, 1])
        assert writer.has(0)
    assert not (tmp_path / "monday").exists()


# ---- going on after a stop -------------------------------------------------------------------------------------------


def test_a_stopped_run_goes_on_with_the_replications_it_lacks(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables(0))
        writer.add(2, tables(2))
    with pytest.raises(ResultsError, match="'monday' is not complete; run it again"):
        load_results("monday", tmp_path)

    with StudyWriter(tmp_path, "monday", "k") as writer:
        assert [writer.has(number) for number in range(4)] == [True, False, True, False]
        writer.add(1, tables(1))
        writer.finish({}, [], [0, 1, 2])
    assert np.unique(load_results("monday", tmp_path).contacts["replication"]).tolist() == [0, 1, 2]


def test_replications_of_another_scenario_are_never_taken_for_ones_own(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables(0))

    with pytest.raises(ResultsError, match="an unfinished run of this study with another scenario"):
        StudyWriter(tmp_path, "monday", "other")
    with StudyWriter(tmp_path, "monday", "other", Existing.REPLACE) as writer:
        assert not writer.has(0)


def test_a_replication_whose_file_was_cut_short_or_lacks_a_table_is_run_again(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables(0))
        writer.add(1, {"measures": tables(1)["measures"]})

        assert not writer.has(1, ["measures", "contacts"])
        writer.part(0, "contacts").write_bytes(b"PAR1")
        assert not writer.has(0)


def test_worker_processes_write_parts_that_the_writer_finds(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        write_part(writer.paths.partial, "k", 7, tables(7))

        assert writer.has(7, ["measures", "agents"])
        assert not has_part(writer.paths.partial, "other", 7, ())


def test_a_forked_worker_writes_although_its_parent_has_written_before(tmp_path):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables(0))
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            writer.add(1, tables(1))
            os._exit(0)
        _, status = os.waitpid(child, 0)

        assert status == 0
        assert writer.has(1, ["contacts"])


def test_an_abandoned_study_leaves_nothing_behind(tmp_path):
    write(tmp_path, note="first")
    writer = StudyWriter(tmp_path, "monday", "other", Existing.REPLACE)
    writer.add(0, tables(0))

    writer.abandon()

    assert [path.name for path in tmp_path.iterdir()] == ["monday"]
    assert load_results("monday", tmp_path).manifest["note"] == "first"


def test_the_key_depends_on_what_replications_depend_on_and_on_no_order():
    key = study_key({"teams": {"a": 1, "b": 2}}, 1, "0.1")

    assert key == study_key({"teams": {"b": 2, "a": 1}}, 1, "0.1")
    assert len({key, study_key({"teams": {"a": 1, "b": 3}}, 1, "0.1"), study_key({"teams": {"a": 1, "b": 2}}, 2, "0.1")}) == 3
    assert key != study_key({"teams": {"a": 1, "b": 2}}, 1, "0.2")


# ---- one writer at a time --------------------------------------------------------------------------------------------


def test_a_second_writer_of_a_study_is_refused_with_the_number_of_the_first_process(tmp_path):
    with StudyWriter(tmp_path, "monday", "k"):
        with pytest.raises(ResultsError, match=f"process {os.getpid()} on .* is writing this study"):
            StudyWriter(tmp_path, "monday", "k")
        with StudyWriter(tmp_path, "tuesday", "k"):
            pass
    with StudyWriter(tmp_path, "monday", "k"):
        pass


def test_of_many_writers_at_once_exactly_one_gets_the_study(tmp_path):
    dead = {"pid": 2**22 + 1, "host": os.uname().nodename, "started": "1"}
    paths_of(tmp_path, "monday").lock.write_text(json.dumps(dead))
    won, refused = [], []

    def begin() -> None:
        try:
            won.append(StudyWriter(tmp_path, "monday", "k"))
        except ResultsError:
            refused.append(1)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(refused)) == (1, 7)


@pytest.mark.parametrize("started", ["1", "", None])
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path, started):
    """A process that ended; and one whose number belongs to another process by now."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    pid = os.getpid() if started == "1" else child.pid
    paths_of(tmp_path, "monday").lock.write_text(json.dumps({"pid": pid, "host": os.uname().nodename, "started": started or ""}))

    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, tables())


def test_a_lock_of_another_machine_is_respected(tmp_path):
    paths_of(tmp_path, "monday").lock.write_text(json.dumps({"pid": 1, "host": "elsewhere", "started": ""}))

    with pytest.raises(ResultsError, match="process 1 on elsewhere is writing this study"):
        StudyWriter(tmp_path, "monday", "k")


# ---- killed at any moment --------------------------------------------------------------------------------------------

WRITER = """
    import os, signal, sys, time
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    import test_results as t
    from servsim.study import writer as w
    {before}
    t.write(Path({root!r}), count=2, existing=w.Existing.REPLACE, key="new", note="second")
"""


def run_and_kill(root: Path, before: str) -> None:
    """Let another process overwrite the study and kill itself at a chosen moment."""
    script = textwrap.dedent(WRITER).format(tests=str(ROOT / "tests"), root=str(root), before=textwrap.dedent(before).strip())
    done = subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


KILL = "os.kill(os.getpid(), signal.SIGKILL)"
MOMENTS = {
    "while a part is written": "w.write_parquet = lambda *a: (Path(a[0]).write_bytes(b'PAR1'), " + KILL + ")",
    "after the first part": "w.write_json = (lambda old: lambda p, c: (old(p, c), p.name == '000000.json' and " + KILL + "))(w.write_json)",
    "while parts are joined": "w.merge_parquet = lambda *a: " + KILL,
    "while the summary is written": "w.write_summary = lambda *a: " + KILL,
    "before the names change": "w.swap = lambda *a: " + KILL,
    "between the two changes of names": "w.os.rename = (lambda old: lambda a, b: (old(a, b), " + KILL + "))(os.rename)",
}


@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_run_killed_at_any_moment_leaves_the_earlier_study_readable(tmp_path, moment):
    write(tmp_path, note="first")
    before = load_results("monday", tmp_path).contacts

    run_and_kill(tmp_path, MOMENTS[moment])

    results = load_results("monday", tmp_path)
    assert results.manifest["note"] == "first"
    results.check()
    assert all(np.array_equal(before[name], results.contacts[name]) for name in ("root", "outcome", "agent"))
    write(tmp_path, count=2, existing=Existing.REPLACE, key="new", note="second")
    assert load_results("monday", tmp_path).manifest["note"] == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["monday"]


def test_a_run_killed_after_the_names_changed_leaves_the_new_study(tmp_path):
    write(tmp_path, note="first")

    run_and_kill(tmp_path, "w.swap = (lambda old: lambda p: (old(p), " + KILL + "))(w.swap)")

    assert load_results("monday", tmp_path).manifest["note"] == "second"
    load_results("monday", tmp_path).check()


def test_runs_killed_at_random_moments_leave_one_study_or_the_other(tmp_path):
    write(tmp_path, note="first")
    script = textwrap.dedent(WRITER).format(tests=str(ROOT / "tests"), root=str(tmp_path), before="print('go', flush=True)")
    random = np.random.default_rng(5)

    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(float(random.uniform(0.0, 0.6)))
        child.kill()
        child.wait()
        child.stdout.close()

        results = load_results("monday", tmp_path)
        results.check()
        assert results.manifest["note"] in ("first", "second")


@pytest.mark.parametrize("in_the_way", ["contacts", "done", "cases/part-000000.parquet/x"])
def test_a_disk_that_refuses_is_told_as_a_results_error(tmp_path, in_the_way):
    with StudyWriter(tmp_path, "monday", "k") as writer:
        path = writer.paths.partial / in_the_way
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a file where a folder should be, or the other way round")

        with pytest.raises(ResultsError, match=r"cannot be (written|made)"):
            writer.add(0, tables())
        assert not writer.has(0)


def test_a_contact_takes_less_than_60_bytes_and_20_microseconds_to_keep(tmp_path):
    count = 50_000
    rows = {name: np.repeat(column[:1], count) for name, column in NINE.items()}
    random = np.random.default_rng(2)
    for name in ("arrived_s", "queued_s", "answered_s", "ended_s", "released_s"):
        rows[name] = T + random.random(count) * (DAY - T)
    began = time.process_time()

    with StudyWriter(tmp_path, "monday", "k") as writer:
        writer.add(0, {"contacts": log_tables(handmade.log(rows), PLAN, NAMES)["contacts"]})
        size = writer.part(0, "contacts").stat().st_size

    assert size / count < 60
    assert (time.process_time() - began) / count < 20e-6
