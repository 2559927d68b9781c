"""The documents are true: commands run, scenarios are read, tables are made from the program, links lead somewhere.

Comments in the pages say what a reader does by hand, so that a test can do it:

- ``<!-- file: PATH -->``: the next block is saved there;
- ``<!-- edit: PATH -->``: the next block stands in that file, and the one after it is put in its place;
- ``<!-- short: replications=2 -->``: the next command runs with these words instead of its own, to be quick;
- ``<!-- exit: 2 -->``: the next command is refused; ``<!-- skip: WHY -->``: it is not run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from servsim.cli.main import VERBS, exit_code
from servsim.measure.registry import MEASURES
from servsim.report.reference_pages import AMOUNTS, CODES, MADE, PAGES, filled
from servsim.rules import codes
from servsim.rules.codes import Outcome, word
from servsim.scenario.check import check
from servsim.scenario.reader import load
from servsim.scenario.yaml_text import parse_yaml, read_yaml
from servsim.study.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
WALKED = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md")), ROOT / "docs" / "explanation" / "statistics.md"]
"""Pages whose commands are run."""
OTHERS_WALK = {"calibrate.md"}
"""How-tos that a test of their own runs."""
ALL = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "DESIGN.md", *sorted((ROOT / "docs").rglob("*.md"))]

MARK = re.compile(r"<!-- (file|edit|short|exit|skip): ?(.*?) ?-->")
COMMAND = re.compile(r"    (?:\$ )?((?:servsim|python -m servsim)\b.*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Step(NamedTuple):
    """One thing that a page tells its reader to do, or shows."""

    kind: str
    """``command``, or the language of a block."""
    text: str
    marks: dict[str, str]
    line: int


def steps_of(page: Path) -> Iterator[Step]:
    """Yield the commands and blocks of a page, each with the comments that stand before it."""
    marks: dict[str, str] = {}
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if found := MARK.fullmatch(line):
            marks[found[1]] = found[2]
        elif line.startswith("```"):
            body = []
            for _, inner in lines:
                if inner == "```":
                    break
                body.append(inner)
            yield Step(line[3:], "\n".join(body) + "\n", marks, number)
            marks = {}
        elif found := COMMAND.fullmatch(line):
            yield Step("command", found[1], marks, number)
            marks = {}


class Reader:
    """Somebody who does what a page says, in a folder of his own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.edited = ""
        self.old = ""
        self.names: dict[str, object] = {}
        self.skipped: list[str] = []

    def do(self, step: Step) -> None:
        """Do one step; fail with the line of the page where it cannot be done."""
        if self.edited:
            self._replace(step)
        elif "edit" in step.marks:
            self.edited, self.old = step.marks["edit"], step.text
        elif "file" in step.marks:
            path = self.folder / step.marks["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        elif step.kind == "command":
            self._run(step)
        elif step.kind == "python":
            exec(compile(step.text, f"line {step.line}", "exec"), self.names)

    def _replace(self, step: Step) -> None:
        path = self.folder / self.edited
        text = path.read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"line {step.line}: the lines to be changed must stand once in {self.edited}"
        path.write_text(text.replace(self.old, step.text), encoding="utf-8")
        self.edited = ""

    def _run(self, step: Step) -> None:
        if "skip" in step.marks:
            assert step.marks["skip"], f"line {step.line}: a command that is skipped must say why"
            self.skipped.append(step.marks["skip"])
            return
        words, target = words_of(step)
        code = exit_code(words)
        printed = self.capsys.readouterr()
        assert code == int(step.marks.get("exit", "0")), f"line {step.line}: {step.text}\n{printed.err}"
        if target:
            (self.folder / target).write_text(printed.out, encoding="utf-8")


def words_of(step: Step) -> tuple[list[str], str]:
    """Return the words of a command, shortened as its page allows, and the file that takes its output."""
    words = shlex.split(step.text)[1:]
    target = ""
    if ">" in words:
        target = words[words.index(">") + 1]
        words = words[: words.index(">")]
    instead = shlex.split(step.marks.get("short", ""))
    keys = {each.partition("=")[0] for each in instead}
    return [*(each for each in words if each.partition("=")[0] not in keys), *instead], target


@pytest.mark.parametrize("page", [page for page in WALKED if page.name not in OTHERS_WALK], ids=lambda page: page.name)
def test_a_reader_can_do_what_a_page_says(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path, capsys)

    for step in steps_of(page):
        reader.do(step)

    assert not reader.edited


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_that_is_a_whole_scenario_can_be_read_and_has_no_problems(page, tmp_path):
    for step in steps_of(page):
        data = parse_yaml(step.text, page.name) if step.kind == "yaml" and "edit" not in step.marks else None
        if not isinstance(data, dict) or not {"reasons", "teams"} <= data.keys():
            continue
        place = tmp_path / f"line_{step.line}"
        place.mkdir()
        (place / "scenario.yaml").write_text(step.text, encoding="utf-8")

        assert check(load(place)).problems == [], f"{page.name}, line {step.line}"


@pytest.mark.parametrize("page", [page for page in ALL], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_pages_and_headings_that_exist(page):
    for link in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page

        assert target.exists(), f"{page.name}: {link}"
        if heading:
            assert heading in anchors_of(target), f"{page.name}: {link}"


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_page_that_tells_an_untruth_is_found_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("    servsim check scenario=phone_shop teams.clerks.agnets=5\n", encoding="utf-8")

    with pytest.raises(AssertionError, match="line 1"):
        Reader(tmp_path, capsys).do(next(steps_of(page)))


# ---- the reference


@pytest.mark.parametrize("name", PAGES)
def test_the_made_parts_of_a_reference_page_are_those_of_the_program(name):
    page = (REFERENCE / name).read_text(encoding="utf-8")

    assert MADE.search(page)
    assert page == filled(page), "made anew by: python -m servsim.report.reference_pages docs/reference"


def test_every_setting_of_the_configuration_has_its_line():
    page = (REFERENCE / "run_settings.md").read_text(encoding="utf-8")
    settings = read_yaml(ROOT / "conf" / "config.yaml")

    assert set(settings) == set(SETTINGS)
    assert [name for name in settings if f"| `{name}` |" not in page] == []


def test_every_verb_has_its_line():
    page = (REFERENCE / "command_line.md").read_text(encoding="utf-8")

    assert [name for name in VERBS if f"| `{name}` |" not in page] == []


def test_every_measure_has_its_line_and_every_sum_its_meaning():
    page = (REFERENCE / "measures.md").read_text(encoding="utf-8")

    assert [each.name for each in MEASURES if f"| `{each.name}` | {each.formula and f'`{each.formula}`'} |" not in page] == []
    assert {name for each in MEASURES for name in (*each.numerator, *each.denominator)} <= set(AMOUNTS)


def test_every_outcome_and_every_other_code_has_its_line():
    page = (REFERENCE / "results.md").read_text(encoding="utf-8")

    assert [outcome for outcome in Outcome if f"| `{word(outcome)}` |" not in page] == []
    for column, (_, kind, says) in CODES.items():
        assert set(says) == set(kind), column
    assert {"Outcome", "Entry", "NextStep", "Cover", "Solved", "AgentState", "LegKind"} <= {kind.__name__ for _, kind, _ in CODES.values()}
    assert hasattr(codes, "Outcome")


def test_every_page_is_listed_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md"]

    assert [page for page in pages if f"]({page})" not in index] == []


def test_the_readme_is_short_and_shows_a_scenario_a_command_a_number_and_a_picture_first():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first_screen = "\n".join(lines[: lines.index("## Install and run")])

    assert len(lines) < 120
    assert all(part in first_screen for part in ("```yaml", "servsim run ", "[25.1, 26.5]", "![")), first_screen
