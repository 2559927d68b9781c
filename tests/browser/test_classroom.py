"""The whole lesson in a real browser: clicked through, by keyboard, zoomed, on a telephone's window; and the page as one file.

Skipped, loudly, where there is no browser: apt-get install chromium, pip install 'servsim[page,browser]'.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS))

from remembering_shop import make_remembering_shop  # noqa: E402

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SERVSIM = [sys.executable, "-c", "from servsim.cli.main import run; run()"]
PATIENCE_MS = 120_000
STEPS = ("story", "bet", "watch", "spend", "reveal", "doubt", "home", "whatif", "edit")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: the class-room page is not tested. apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="NO BROWSER DRIVER: the class-room page is not tested. pip install 'servsim[browser]'")
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[str]:
    """Serve a scenario, and end the server afterwards."""
    server = subprocess.Popen([*SERVSIM, "serve", f"scenario={folder}", "port=0", "workers=1", *words], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(make_remembering_shop(tmp_path_factory.mktemp("lesson")), "seed=4") as own:
        yield own


class Visit:
    """A browser window that notes what it was asked to load, and what went wrong."""

    def __init__(self, browser: Any, own: str, **window: Any) -> None:
        self.page = browser.new_page(**window)
        self.own, self.foreign, self.errors = own, [], []  # type: ignore[var-annotated]
        self.page.on("request", self._asked)
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.own, "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, address: str) -> Any:
        self.page.goto(address)
        self.done()
        return self.page

    def done(self) -> None:
        """Wait until all replications of the latest move are there and drawn."""
        self.page.wait_for_selector("body[data-events$='done']", timeout=PATIENCE_MS)

    def to(self, step: str) -> None:
        self.page.click(f"#tab_{step}")
        assert self.page.is_visible(f"#{step}")

    def close(self) -> None:
        self.page.close()
        assert (self.foreign, self.errors) == ([], [])


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    found = Visit(browser, address, viewport={"width": 1280, "height": 720})
    found.open(address)
    yield found
    found.close()


def darkness(page: Any, canvas: str) -> int:
    """Return how many pixels of a canvas are not blank."""
    script = "(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"
    return int(page.eval_on_selector(canvas, script))


def test_the_lesson_is_clicked_through_from_the_story_to_the_hand_out(visit: Visit) -> None:
    page = visit.page
    page.fill("#votes input >> nth=4", "11")
    visit.to("bet")
    assert "USD" in page.inner_text("#bet_question")
    for team, bet in enumerate(("3", "12", "500")):
        page.fill(f"#bets input >> nth={team}", bet)
    assert page.eval_on_selector("#bets input", "(i) => getComputedStyle(i).webkitTextSecurity") == "disc", "a bet is hidden until the reveal"

    visit.to("watch")
    assert darkness(page, "#floor0") > 2000 and darkness(page, "#floor1") > 2000 and darkness(page, "#curves") > 2000
    page.click("#telling")
    page.wait_for_selector("#told h3")
    assert "Two lives of customer owned/" in page.inner_text("#told")
    page.click("#differs")
    page.select_option("#agent", "clerks/1")
    page.wait_for_selector("#strip")
    page.wait_for_selector("#told >> text=clerks/1")

    visit.to("spend")
    visit.done()
    cards = page.locator("#cards button")
    assert cards.count() >= 2
    page.click("[data-card='ask_first']")
    visit.done()
    page.click("#enter")
    page.select_option("#team", "Team 2")
    page.click("[data-card='ask_first']")
    visit.done()
    page.click("#enter")
    assert page.locator("#board tr").count() == 4, "two teams, by money and by people"
    assert page.locator("#board td >> text=≈ 2.").count() == 2 and page.locator("#board small").count() == 2, "with the same cards nobody is ahead"

    page.select_option("#team", "Team 1")
    assert page.get_attribute("[data-card='ask_first']", "aria-pressed") == "true", "each team's cards stay where it left them"

    visit.to("reveal")
    visit.done()
    page.wait_for_selector("#iceberg svg")
    layers = page.eval_on_selector_all("#iceberg polygon", "(all) => all.map((p) => [Number(p.dataset.amount), Number(p.dataset.area)])")
    drawn = [(amount, area) for amount, area in layers if amount > 0]
    assert drawn and all(area / amount == pytest.approx(drawn[0][1] / drawn[0][0], rel=0.02) for amount, area in drawn), "areas equal the ledger"
    assert page.locator("#bet_list li").count() == 3 and "nearest" in page.inner_text("#bet_list")
    assert page.locator("#pins circle").count() == 3, "bets are pins over the interval"
    assert "Cost per contact" in page.inner_text("#dashboard")

    visit.to("doubt")
    before = page.get_attribute("#verdict", "data-net")
    page.fill("#worth", "300")
    assert page.get_attribute("#verdict", "data-net") != before
    flip = page.get_attribute("#verdict", "data-flip")
    if flip:
        page.fill("#worth", str(5 * round(float(flip) * 20)))
        assert abs(float(page.get_attribute("#verdict", "data-net"))) <= abs(float(before)) + 1e-6
    told = page.inner_text("#flip_range")
    assert "20 replications" in told and ("range" in told.lower()), "the range of the flip point, and what it means"
    page.select_option("#preset", "strict")
    visit.done()

    visit.to("home")
    assert page.locator("#handout ol li").count() == 4
    assert "Seed 4" in page.inner_text("#handout") and page.locator("#handout_numbers li").count() >= 3
    assert "In all" in page.inner_text("#handout_numbers") and "What customers remember" in page.inner_text("#handout"), "it agrees with the reveal, and says with which memory"
    page.emulate_media(media="print")
    assert not page.is_visible("header") and page.is_visible("#handout")
    page.emulate_media(media="screen")

    page.click("#reset")
    assert page.is_visible("#story") and page.input_value("#votes input >> nth=4") == "0"
    visit.done()


def test_only_what_a_team_s_cards_come_to_goes_on_its_board(visit: Visit) -> None:
    page = visit.page
    visit.to("spend")
    visit.done()
    page.evaluate("() => { document.querySelector(`[data-card='ask_first']`).click(); $('enter').click(); }")
    assert page.is_visible("#problem") and page.locator("#board tr").count() == 0, "what is still counted is not entered"
    visit.done()
    page.click("#enter")
    assert page.locator("#board tr").count() == 2 and "ask first" in page.inner_text("#board")


def test_what_is_set_on_what_if_is_said_where_the_lesson_goes_on_and_never_gets_on_the_board(visit: Visit) -> None:
    page = visit.page
    visit.to("bet")
    page.fill("#bets input >> nth=0", "7")
    visit.to("whatif")
    page.evaluate("() => { Page.move({ changes: { 'teams.clerks.agents': 5 } }); }")
    visit.done()
    visit.to("reveal")
    assert "teams.clerks.agents: 5." in page.inner_text("#setting") and "lesson's pair only" in page.inner_text("#pins")
    visit.to("home")
    assert "teams.clerks.agents: 5." in page.inner_text("#handout")
    page.evaluate("() => { Page.move({ changes: { 'teams.clerks.agents': -3 } }); }")
    page.wait_for_selector("#problem:not([hidden])")
    assert "-3" not in page.inner_text("#handout") and page.evaluate("State.move.changes['teams.clerks.agents']") == 5, "what is refused was not played"
    page.click("#to_lesson")
    visit.done()
    assert not page.is_visible("#setting") and "teams.clerks.agents" not in page.inner_text("#handout")
    page.evaluate("() => { Page.move({ changes: { 'teams.clerks.agents': 5 } }); }")
    visit.done()
    visit.to("spend")
    visit.done()
    assert page.evaluate("JSON.stringify(State.run.move.changes)") == "{}"
    visit.errors[:] = [each for each in visit.errors if "status of 4" not in each]  # the browser notes the answer that refused


def test_the_latest_word_counts_and_space_ticks_a_box(visit: Visit) -> None:
    page = visit.page
    visit.to("watch")
    page.evaluate("async () => { await Promise.all([Page.tell(''), Page.showAgent('clerks/1')]); }")
    assert "Clerks/1" in page.inner_text("#told h4 >> nth=0"), "the agent was asked for last"
    page.evaluate("async () => { const late = Page.showAgent('clerks/1'); Page.tellNothing(); await late; }")
    assert page.inner_text("#told") == "", "what was closed stays closed"
    page.evaluate("async () => { await Promise.all([Page.speakInstead('ru'), Page.speakInstead('en')]); }")
    assert page.get_attribute("html", "lang") == "en"
    visit.to("edit")
    page.focus("#unsaid")
    page.keyboard.press(" ")
    assert page.is_checked("#unsaid") and not page.evaluate("State.playing")


def test_a_scenario_without_decisions_says_so_and_what_was_kept_of_another_page_does_no_harm(browser: Any, tmp_path: Path) -> None:
    folder = make_remembering_shop(tmp_path)
    shutil.rmtree(folder / "decisions")
    with serving(folder) as own:
        visit = Visit(browser, own, viewport={"width": 1280, "height": 720})
        page = visit.open(own)
        for step in STEPS:
            visit.to(step)
            visit.done()
            assert ("no decisions" in page.inner_text(f"#{step}")) == (step in ("bet", "spend", "reveal", "doubt")), step
        page.evaluate("sessionStorage.setItem(Lesson.drawer(), JSON.stringify({ picks: null, team: 9, bets: 'many', votes: [1, 2, 3, 4, 5] }))")
        page.reload()
        visit.done()
        assert page.evaluate("[Lesson.store.team, Lesson.store.bets.length, Lesson.store.votes[4]]") == [0, 5, 5]
        visit.to("whatif")
        page.fill("#seed", "5")
        page.dispatch_event("#seed", "change")
        visit.done()
        page.click("#reset")
        visit.done()
        assert "Seed 1," in page.inner_text("#facts")
        visit.close()


def test_the_teacher_s_key_is_hidden_until_asked_for(visit: Visit) -> None:
    assert not visit.page.is_visible("#story .key")
    visit.page.click("#key")
    assert visit.page.is_visible("#story .key")


def test_a_slider_gives_a_first_result_and_more_replications_after_it(visit: Visit) -> None:
    page = visit.page
    visit.to("whatif")
    page.fill("#path", "reasons.walk_in.arrivals.per_hour")
    page.click("#add")
    slider = page.locator("[data-path='reasons.walk_in.arrivals.per_hour']")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    page.wait_for_function("(path) => State.move.changes[path] === Number(document.querySelector(`[data-path='${path}']`).value)", arg="reasons.walk_in.arrivals.per_hour")
    visit.done()
    assert int(page.get_attribute("body", "data-first_ms")) <= int(page.get_attribute("body", "data-days_ms")), "what is there first is shown first"
    assert "20 replications" in page.inner_text("#whatif .numbers")
    page.fill("#path", "no.such.path")
    page.click("#add")
    assert "no.such.path" in page.inner_text("#problem")
    page.fill("#seed", "-5")
    page.dispatch_event("#seed", "change")
    assert "-5" in page.inner_text("#problem") and page.evaluate("State.move.seed") == 4, "a seed that is none is refused, not replaced"
    visit.to("home")
    assert not page.is_visible("#problem"), "a refusal stays behind with its step"


def test_the_page_is_operated_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    for number, step in enumerate(STEPS, start=1):
        page.keyboard.press(str(number))
        assert page.is_visible(f"#{step}")
        visit.done()
    page.keyboard.press("3")
    clock = page.inner_text("#clock")
    page.keyboard.press("Shift+ArrowRight")
    assert page.inner_text("#clock") != clock
    page.keyboard.press(" ")
    assert page.inner_text("#play") == "Pause"
    page.wait_for_function("() => Number(document.body.dataset.frames) >= 5", timeout=PATIENCE_MS)
    page.keyboard.press(" ")
    assert page.inner_text("#play") == "Play"
    page.keyboard.press("t")
    page.wait_for_selector("#told h3")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id"))
    assert {"play", "scrub", "speed", "person", "agent"} <= seen


def test_a_click_on_a_person_tells_both_lives(visit: Visit) -> None:
    page = visit.page
    visit.to("watch")
    page.click("#differs")
    who = page.input_value("#person")
    if who:
        page.wait_for_selector(f"#told >> text={who}")
    else:
        page.wait_for_selector("#told p")


def test_the_editor_marks_a_bad_value_at_its_field_and_hands_out_the_file(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.to("edit")
    page.fill("#find", "teams.clerks.agents")
    page.fill("[data-path='teams.clerks.agents'] input", "many")
    page.wait_for_selector(".field.bad .why")
    page.wait_for_selector("#download[disabled]")
    page.fill("[data-path='teams.clerks.agents'] input", "4")
    page.wait_for_selector(".field.bad", state="detached")
    page.wait_for_selector("#download:not([disabled])")
    assert darkness(page, "#load") > 1000
    with page.expect_download() as waited:
        page.click("#download")
    waited.value.save_as(tmp_path / "scenario.yaml")
    from servsim.scenario.reader import load

    assert load(tmp_path).teams["clerks"].agents == 4


def test_a_planner_adds_a_team_a_reason_and_a_route_and_the_file_passes_the_check(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.to("edit")
    page.wait_for_selector("#place option[value='reasons']", state="attached")

    def add(place: str, name: str, like: str) -> None:
        page.select_option("#place", place)
        page.fill("#place_name", name)
        page.select_option("#place_like", like)
        page.click("#place_add")
        page.wait_for_selector(f"#added >> text={place}.{name}")

    add("teams", "night", "clerks")
    add("reasons", "claim", "walk_in")
    add("routes", "claims", "")
    page.wait_for_selector("[data-path='routes.claims.teams'].bad .why")
    page.wait_for_selector("#download[disabled]")
    page.fill("[data-path='routes.claims.teams'] input", "[night]")
    page.fill("[data-path='routes.claims.reasons'] input", "[claim]")
    page.wait_for_selector("#download:not([disabled])")
    page.wait_for_selector("#load_team option[value='night']", state="attached")
    page.fill("#place_name", "night")
    page.select_option("#place", "teams")
    page.click("#place_add")
    page.wait_for_selector("#problem >> text=teams.night is there already")
    with page.expect_download() as waited:
        page.click("#download")
    waited.value.save_as(tmp_path / "scenario.yaml")
    said = subprocess.run([*SERVSIM, "check", f"scenario={tmp_path}"], capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    page.click("#added >> text=routes.claims")
    page.wait_for_selector("#added >> text=routes.claims", state="detached")


def test_the_page_speaks_the_language_asked_for_or_the_browser_s(browser: Any, address: str) -> None:
    asked = Visit(browser, address, viewport={"width": 1000, "height": 700})
    page = asked.open(f"{address}?lang=ru")
    assert page.get_attribute("html", "lang") == "ru" and page.input_value("#language") == "ru"
    russian = page.inner_text("#tab_story")
    for step in STEPS:
        asked.to(step)
    page.select_option("#language", "en")
    page.wait_for_selector("#tab_story >> text=Story")
    assert page.inner_text("#tab_story") != russian
    asked.close()
    preferred = Visit(browser, address, viewport={"width": 1000, "height": 700}, locale="ru-RU")
    assert preferred.open(address).get_attribute("html", "lang") == "ru"
    preferred.close()


SAMPLES = """(() => {
  const value = (name) => ({ s: 5400, at: "2026-03-05T16:05", date: "2026-03-05", share: 0.0743, money: 1250, n: 1234 }[name.split("_").pop()] ?? "some_name/1");
  const keys = Object.keys(Words.table).filter((key) => key.startsWith("told_"));
  return keys.map((key) => {
    const names = [...Words.table[key].matchAll(/\\{(\\w+)\\}/g)].map((found) => found[1]);
    return Told.sentence([key.slice(5), Object.fromEntries(names.map((name) => [name, value(name)]))], "2026-03-05");
  });
})()"""


def test_lives_an_agent_s_day_and_a_contact_are_told_in_the_language_of_the_page(browser: Any, address: str) -> None:
    visit = Visit(browser, address, viewport={"width": 1280, "height": 720})
    page, asked = visit.open(f"{address}?lang=ru"), []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    visit.to("watch")
    page.click("#telling")
    page.wait_for_selector("#told h3")
    russian = page.inner_text("#told")
    assert "Две судьбы" in russian and "клиент пришёл" in russian and "минут" in russian
    names = re.compile(r"\b(owned|private|executives|clerks|counter|course|account visit|walk in|visit)\b[/\d]*", re.IGNORECASE)
    assert re.findall(r"[A-Za-z]{3,}", names.sub("", russian)) == [], "only the scenario's own names are not Russian"
    assert "свой менеджер: менеджер/" in russian and "executives" not in russian, "unless the language has a word for them"
    page.select_option("#language", "en")
    page.wait_for_selector("#told >> text=Two lives of customer")
    english = page.inner_text("#told")
    assert "the customer came to the counter" in english and not re.search("[а-я]", english)
    assert asked.count("lives") == 1, "the language is switched without asking the server again"
    page.select_option("#agent", "clerks/1")
    page.wait_for_selector("#told >> text=On duty from 09:00")
    page.select_option("#language", "ru")
    page.wait_for_selector("#told >> text=На смене с 9:00")
    page.evaluate("Page.tellContact(State.run.replay.worlds[0].tracks[0])")
    page.wait_for_selector("#told >> text=Левый салон")
    page.wait_for_selector("#told >> text=Дело:")
    visit.close()


def test_every_sentence_of_every_language_is_put_into_words(browser: Any, address: str) -> None:
    found = {}
    for language in ("en", "ru"):
        visit = Visit(browser, address, viewport={"width": 1000, "height": 700})
        found[language] = visit.open(f"{address}?lang={language}").evaluate(SAMPLES)
        visit.close()
    for sentences in found.values():
        assert len(sentences) > 150
        assert [each for each in sentences if re.search(r"[{}]|undefined|NaN|Invalid|told_", each)] == []
    english, russian = (" ".join(each.replace("\u00a0", " ") for each in sentences) for sentences in found.values())
    assert "waited 90 minutes." in english and "at the end: 1,234 of 100" in english and "7.4%" in english and "Thu, March 5" in english and "16:05" in english
    assert "Ожидание: 90 минут." in russian and "1 234" in russian and "7,4 %" in russian and "5 марта" in russian and "some name/1" in russian


@pytest.mark.parametrize("window", [{"viewport": {"width": 375, "height": 667}}, {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2}], ids=["telephone", "zoom_200"])
def test_nothing_sticks_out_of_a_small_window(browser: Any, address: str, window: dict[str, Any]) -> None:
    visit = Visit(browser, address, **window)
    page = visit.open(address)
    for step in STEPS:
        visit.to(step)
        visit.done()
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1] + 1, step
    visit.close()


def test_letters_are_large_enough_for_a_projector(visit: Visit) -> None:
    page = visit.page

    def size(selector: str) -> float:
        return float(page.eval_on_selector(selector, "(p) => parseFloat(getComputedStyle(p).fontSize)"))

    assert size("#story p") >= 24.0
    visit.to("watch")
    assert size("figcaption") >= 19.5 and size("#legend") >= 19.5 and size("#clock") >= 24.0
    assert page.evaluate("Page.floors[0].unit * 2.2") >= 17.0, "names and numbers on the shop floor"
    assert page.evaluate("Charts.pen($('curves')).letters") >= 20.0, "axes of the curves"
    wide = page.evaluate("[document.documentElement.scrollHeight, window.innerHeight]")
    assert wide[0] <= wide[1], "the two shops, the player and the curves are seen at once"
    page.click("#telling")
    page.wait_for_selector("#told h3")
    assert size("#told") >= 21.0
    visit.to("spend")
    visit.done()
    assert size("#cards small") >= 19.5 and size("#spend .numbers td") >= 19.5
    visit.to("reveal")
    visit.done()
    assert size("#reveal .numbers td") >= 19.5
    assert page.evaluate("document.querySelector('#iceberg text').getBoundingClientRect().height") >= 19.0


def test_two_windows_play_their_own_moves(browser: Any, address: str) -> None:
    visits = [Visit(browser, address, viewport={"width": 1000, "height": 700}) for _ in range(2)]
    for each in visits:
        each.open(address)
        each.to("whatif")
    visits[0].page.select_option("#right", "one_more_clerk")
    visits[1].page.select_option("#right", "staggered")
    for each, title in zip(visits, ("One more clerk", "One executive a day on a course"), strict=True):
        each.done()
        each.to("watch")
        assert title in each.page.inner_text("#name1")
        each.close()


def test_the_exported_file_opens_from_disk_and_asks_nothing(browser: Any, tmp_path: Path) -> None:
    folder = make_remembering_shop(tmp_path)
    out = tmp_path / "lesson.html"
    words = ["export-classroom", f"scenario={folder}", f"out={out}", "replications=3", "workers=1", "points=3"]
    subprocess.run([*SERVSIM, *words], check=True, capture_output=True, timeout=300)
    visit = Visit(browser, out.as_uri(), viewport={"width": 1280, "height": 720})
    page = visit.open(out.as_uri())
    for step in STEPS[:-1]:
        visit.to(step)
    assert page.locator("#tab_edit").count() == 0
    visit.to("watch")
    page.click("#telling")
    page.wait_for_selector("#told h3")
    page.select_option("#agent", "clerks/1")
    page.wait_for_selector("#told >> text=clerks/1")
    page.select_option("#language", "ru")
    page.wait_for_selector("#told >> text=На смене с 9:00")
    page.click("#telling")
    page.wait_for_selector("#told >> text=Две судьбы")
    visit.to("whatif")
    first = page.inner_text("#whatif .numbers")
    page.locator("#sliders input").press("ArrowRight")
    page.wait_for_function("(first) => document.querySelector('#whatif .numbers').innerText !== first", arg=first, timeout=PATIENCE_MS)
    visit.done()
    assert re.search(r"\d · \d · \d", page.inner_text("#sliders"))
    visit.close()
