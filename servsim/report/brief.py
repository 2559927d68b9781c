"""The decision brief as one page: the first page a manager reads, the four answers, the ledger, and what every number hangs on.

::

    Brief --+--> first page: headline, verdict, five numbers, three pictures, one customer, what to do, caveats
            +--> who is hit | what helps before and during | the plan for those hit | other ways to the same aim
            +--> ledger | efficiency | does it hold | two lives | how it was made | parameters

Every number has its unit, its interval and what it is compared with, and links to the parameters it hangs on. Never computes an
estimate; the facts are ``servsim.study.brief``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import servsim
from servsim.errors import SettingError
from servsim.report import brief_page as html
from servsim.report.brief_actions import actions, call_rows, cover_lines
from servsim.report.brief_life import Life, life_of
from servsim.report.brief_pictures import (
    day_picture,
    iceberg_picture,
    ladder_picture,
    parameter_name,
    tornado_picture,
    who_picture,
    worlds_picture,
)
from servsim.report.brief_words import (
    TIMES_A_YEAR,
    badges,
    claim_of,
    digits,
    headline,
    lost_sentence,
    lost_words,
    money,
    money_span,
    per_unit_words,
    plain_world,
    span,
)
from servsim.report.exposure_picture import day_picture as moved_picture
from servsim.report.exposure_picture import hour_picture
from servsim.report.sentence import begun_large, counted, duration_words, plain_name, share_text
from servsim.scenario.decision import decision_folders, list_decisions, load_decisions
from servsim.scenario.spot import typed_text
from servsim.study.brief import Brief, FiveNumbers, LedgerLine
from servsim.study.closer_look import HARM_WORDS, Harm
from servsim.study.comparison import COST, Row
from servsim.study.options import Answer, Phase
from servsim.study.stated import GROUPS, Stated
from servsim.study.told import Told

MOST_BARS = 15
SHORT = {"coming": "who comes", "cover": "cover", "solving": "solving", "waiting": "waits", "staying": "staying", "money": "money"}
"""Groups of parameters in a word, as links have them."""
SIMULATED, PROJECTED = "simulated", "projected"


def brief_page(brief: Brief) -> str:
    """Return the brief as one file of HTML."""
    page = _Page(brief)
    return html.page(f"Decision brief: {brief.decided.spec.title}", page.first(), list(page.rest()))


class _Page:
    """Puts one brief together."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.currency = brief.base.world.terms.currency
        self.scenario = brief.decided.world.scenario
        self.base_name = "doing nothing" if brief.against == "nothing" else f"\u201c{plain_world(brief.against)}\u201d"
        self.life: Life | None
        try:
            self.life = life_of(brief)
        except SettingError:  # nobody who is known by name lived differently
            self.life = None

    # ---- the first page

    def first(self) -> str:
        words = headline(self.brief)
        return "\n".join((
            f"<h1>{html.text(words.facts)} <b>{html.text(words.instead)}</b></h1>",
            "<div class='badges'>" + "".join(html.badge(*each) for each in badges(self.brief)) + "</div>",
            self._five(),
            "<div class='pictures'>" + f"<div class='wide'>{html.svg(lambda: day_picture(self.brief))}</div>"
            + f"<div>{html.svg(lambda: ladder_picture(self.brief))}</div><div>{html.svg(lambda: tornado_picture(self.brief))}</div></div>",
            f"<div class='two'>{self._one_customer()}{html.box('What to do', html.listing(actions(self.brief), 'ol'), 'do')}</div>",
            self._caveats(),
        ))  # fmt: skip

    def _five(self) -> str:
        numbers, against = self.brief.numbers, f"against {self.base_name}"
        hard = f"hard: {money(abs(numbers.saving.value), self.currency)} {'saved' if numbers.saving.value >= 0.0 else 'spent'}"
        soft = f"soft, projected: {money(abs(numbers.loss.value), self.currency)} {'lost' if numbers.loss.value >= 0.0 else 'kept'}"
        cards = (
            html.card("People for whom it got worse", digits(numbers.worse.value, 2), "people", f"95 %: {span(numbers.worse)}",
                      f"{against}; better for {digits(numbers.better.value, 2)}", self._hangs("coming", "cover", "waiting")),
            html.card("Customers' own time wasted", digits(numbers.minutes.value, 2), "min", f"95 %: {span(numbers.minutes)}",
                      f"{against}; waits, talk, further visits", self._hangs("waiting", "cover")),
            html.card("Customers lost within a year (projected)", lost_words(numbers.lost.value), self._lost_unit(numbers), f"95 %: {span(numbers.lost)}{self._monthly(numbers)}",
                      f"{against}; of those hit {lost_words(numbers.lost_anyway.value)} would have left anyway", self._hangs("staying", "solving")),
            html.card("Net money = saved inside less lost outside", money(numbers.net.value, self.currency), "", f"95 %: {money_span(numbers.net, self.currency)}",
                      f"{against}; {hard}; {soft}", self._hangs("money", "staying")),
            self._break_even_card(numbers, against),
        )  # fmt: skip
        return f"<div class='five'>{''.join(cards)}</div>"

    def _lost_unit(self, numbers: FiveNumbers) -> str:
        return "customers" if abs(numbers.lost.value) >= 1.0 else ""

    def _monthly(self, numbers: FiveNumbers) -> str:
        lost = numbers.lost.value
        return f"; per year if done monthly: about {digits(lost * TIMES_A_YEAR, 2)}" if 0.0 < abs(lost) < 1.0 else ""

    def _break_even_card(self, numbers: FiveNumbers, against: str) -> str:
        value, interval = break_even_words(numbers, self.currency)
        return html.card("Worth of a customer from which it loses", value, "", interval, f"{self._own_worth(numbers)}; {against}", self._hangs("money", "staying"))

    def _own_worth(self, numbers: FiveNumbers) -> str:
        if numbers.worth is not None and numbers.worth.value > 0.0 and numbers.lost.sign > 0:
            return f"yours: {money(numbers.worth.value, self.currency)} (95 %: {money_span(numbers.worth, self.currency)})"
        people = self.brief.closer.people
        mean = float(people.value.mean()) if len(people.value) else 0.0
        return f"yours: {money(mean, self.currency)}, mean of those hit" if mean else "yours: nobody was hit"

    def _hangs(self, *groups: str) -> str:
        return "hangs on " + " \u00b7 ".join(html.link(SHORT[name], f"g-{name}") for name in groups)

    def _one_customer(self) -> str:
        if self.life is None:
            return html.box("One customer", html.paragraph("Nobody who is known by name lived differently in the first replication."))
        more = html.link("Both lives, day by day", "two-lives")
        content = "".join(html.paragraph(each) for each in self.life.paragraphs)
        return html.box(f"One customer: {self.life.customer}, {self.life.when} (simulated; a strong story, not a typical one)", content + html.made(f"{more}."))

    def _caveats(self) -> str:
        top = [each.parameter.path for each in self.brief.bars[:2]] or [path for path in ("loyalty.unsolved", "loyalty.wait_points") if self._is_stated(path)]
        links = " and ".join(html.link(parameter_name(path), f"p-{path}") for path in top)
        unproven = f"Unproven, and moving the money most: {links}." if self.brief.bars else f"Unproven: the size of {links} among others; tornado=yes ranks them."
        lines = (
            "<b>What this rests on.</b> Measured here: nothing; every number is simulated from what the scenario states. Assumed: rates, times and margins of the scenario, and how people"
            f" remember ({html.link('every parameter with its source', 'parameters')}). {unproven}",
            f"<b>Skill.</b> {html.text(self._skill())}",
            "<b>In this model, not in your shop:</b> calibrate with your own first-contact rate, churn and complaints before you act on it.",
        )
        return "<div class='caveats'>" + "".join(html.made(each) for each in lines) + "</div>"

    def _is_stated(self, path: str) -> bool:
        return any(each.path == path for group in self.brief.parameters.values() for each in group)

    def _skill(self) -> str:
        taught = [each for each in self.scenario.absences.values() if each.teaches is not None and each.teaches.solved]
        if not taught:
            return "The decision teaches nobody anything in this model: a benefit to skill, if there is one, is out of every number."
        points = max(each.teaches.solved for each in taught if each.teaches is not None) * 100.0
        return (
            f"The benefit of the course is in: those who went solve {points:.2g} points of a hundred more from the next day to the end of the run, in every way that trains them alike;"
            " what it brings after the run is out. Put teaches.solved at 0 to see the rest without it."
        )

    # ---- behind the first page

    def rest(self) -> Iterator[str]:
        yield from self._who()
        yield from self._what_helps()
        yield from self._plan()
        yield from self._other_ways()
        yield from self._ledger()
        yield from self._efficiency()
        yield from self._holds()
        yield from self._two_lives()
        yield from self._how()
        yield from self._parameters()

    def _who(self) -> Iterator[str]:
        brief = self.brief
        yield html.heading("1. Who is hit, how much, and when", "who")
        yield html.paragraph(f"Means of {counted(brief.comparison.replications, 'replication')}, against {self.base_name}; in brackets 95 % intervals, each by itself. {begun_large(SIMULATED)} where nothing else is said.", "note")
        head = ["customers of", ">how many", ">got worse (people)", ">got better (people)", ">own time added (min)", ">lost within a year, projected", f">worth of these ({self.currency})"]
        rows = [
            [each.segment, f"{each.customers:,}", _told(each.worse), _told(each.better), _told(each.minutes), f"{lost_words(each.lost.value)} [{span(each.lost)}]", f"{money(each.worth.value)} [{money_span(each.worth)}]"]
            for each in brief.segments
        ]
        rows.append(self._all_row(brief.numbers, sum(each.customers for each in brief.segments)))
        yield html.table(head, rows, [*("" for _ in brief.segments), "sum"])
        yield html.made(self._hangs("coming", "cover", "waiting", "staying"), "note")
        yield html.svg(lambda: who_picture(brief))
        yield html.heading("What got worse, and what got better", level=3)
        yield html.table(["", ">a run [95 %]", "unit", "horizon"], [[says, self._kind(name), unit, horizon] for name, says, unit, horizon in KIND_WORDS if name in brief.kinds])
        yield html.paragraph(self._hit_by_kind(), "note")
        yield html.heading("Who could be known beforehand", level=3)
        yield html.paragraph(self._beforehand())
        if brief.exposure.asked:
            yield html.svg(lambda: hour_picture(brief.exposure, ""))

    def _all_row(self, numbers: FiveNumbers, customers: int) -> list[str]:
        loss = f"{money(numbers.loss.value)} [{money_span(numbers.loss)}]"
        return ["all", f"{customers:,}", _told(numbers.worse), _told(numbers.better), _told(numbers.minutes), f"{lost_words(numbers.lost.value)} [{span(numbers.lost)}]", loss]

    def _kind(self, name: str) -> str:
        return _told(self.brief.kinds[name])

    def _hit_by_kind(self) -> str:
        people = self.brief.closer.people
        runs = len(self.brief.closer.looked)
        counts = [(int((people.harm == harm).sum()) / runs, HARM_WORDS[harm]) for harm in Harm]
        parts = ", ".join(f"{digits(count, 2)} {words}" for count, words in counts if count)
        return f"Each person once, by the first that holds, in the {counted(runs, 'replication')} that were looked at closely: {parts or 'nobody'} (people known by name, mean a run)."

    def _beforehand(self) -> str:
        exposure = self.brief.exposure
        if not exposure.asked:
            return f"Nobody's own executive is absent because of {plain_world(self.brief.decision)}: those hit meet longer lines or other people, and cannot be named beforehand."
        spread = exposure.spread
        return (
            f"From rates alone, without simulating: {digits(exposure.expected.total, 3)} first contacts ask for an executive who is absent because of it (against doing nothing),"
            f" {spread.low:.0f} to {spread.high:.0f} in nine of ten of {spread.replications} drawn replications. servsim expose lists them by name."
        )

    # ---- 2: what helps

    def _what_helps(self) -> Iterator[str]:
        answers = [each for each in self.brief.answers if each.phase is Phase.BEFORE_OR_DURING]
        yield html.heading("2. What reduces the damage before and during", "helps")
        if not answers:
            yield html.paragraph(self._no_answers("before or during"))
            return
        yield html.paragraph(
            "Each is judged against the same decision without it, on the same people; ranked by loss avoided per unit of cost, what costs nothing first."
            " Loss avoided is projected to a year, the rest is simulated.", "note",
        )  # fmt: skip
        yield self._answer_table(answers)

    def _no_answers(self, when: str) -> str:
        known = self._known_answers()
        shown = f" Decisions of this scenario that answer it: {', '.join(known)}." if known else ""
        return f"None that acts {when} was asked for. Add it to the list as decisions={self.brief.decision},{self.brief.decision}+NAME, or say search=yes.{shown}"

    def _known_answers(self) -> list[str]:
        """Return the scenario's decisions that answer this one."""
        settings, own = self.brief.settings, set(self.brief.decision.split("+"))
        files = list_decisions(decision_folders(settings.scenario, settings.scenario_dirs))
        parts = [part for name in files for part in load_decisions([name], files)[0].parts if part.name == name]
        return [part.name for part in parts if own & set(part.counters)]

    def _answer_table(self, answers: Sequence[Answer]) -> str:
        head = ["what is done", "to", f">loss avoided ({self.currency}, projected)", f">its cost ({self.currency})", ">per unit of cost", ">people spared", ">own time (min)", f">net ({self.currency})"]
        rows = [
            [f"{self._added(each)}\n{'; '.join(each.titles)}", plain_world(each.alone), _told_money(each.avoided), _told_money(each.cost), per_unit_words(each, self.currency), _told(each.spared), _told(each.minutes), _told_money(each.net)]
            for each in answers
        ]
        return html.table(head, rows, ["best" if each.net.sign > 0 else "" for each in answers]) + html.made(self._hangs("cover", "money", "staying"), "note")

    @staticmethod
    def _added(answer: Answer) -> str:
        """Name what an answer adds to what it answers."""
        return begun_large(plain_world("+".join(part for part in answer.name.split("+") if part not in answer.alone.split("+"))))

    # ---- 3: the plan for those hit

    def _plan(self) -> Iterator[str]:
        brief, price = self.brief, self.brief.price
        yield html.heading("3. The special action plan for those who were hit", "plan")
        after = [each for each in brief.answers if each.phase is Phase.AFTERWARDS]
        if after:
            yield self._answer_table(after)
        else:
            yield html.paragraph(self._no_answers("afterwards"))
        yield html.paragraph(
            f"A call takes {duration_words(price.seconds)} of {plain_name(price.team)} and costs {money(price.cost, self.currency)}, gift included. It averts"
            f" {share_text(price.effect)} of what would be lost ({self._effect_words(len(after))})."
        )
        yield html.paragraph("Stop rule: call in the order of this table, and stop where the loss that a call averts falls below what the call costs.")
        head = ["whom", "about", ">people a run", ">added chance to leave in a year (projected)", f">worth of one ({self.currency})", f">expected loss of one ({self.currency})", f">averted by a call ({self.currency})", ""]
        rows = call_rows(brief)
        yield html.table(head, rows, ["best" if row[-1] == "call" else "dim" for row in rows])
        yield html.paragraph(f"Against {self.base_name}; means over the {counted(len(brief.closer.looked), 'replication')} that were looked at closely, so single rows of few people are shaky.", "note")
        yield html.made(self._hangs("staying", "money"), "note")
        lines = cover_lines(brief)
        if lines:
            yield html.heading("Who covers whom", level=3)
            yield html.listing([html.text(each) for each in lines])

    def _effect_words(self, plans: int) -> str:
        if self.brief.price.is_measured:
            return "as simulated with the plan above"
        return "assumed: what was simulated above is not told to avert anything, so try a call or two before you make them all" if plans else "assumed: no such plan was simulated"

    # ---- 4: other ways

    def _other_ways(self) -> Iterator[str]:
        brief = self.brief
        yield html.heading("4. Other ways to the same aim", "ways")
        yield html.paragraph(self._where_ways_come_from())
        head = ["way", "", f">saved inside ({self.currency}, simulated)", f">lost outside ({self.currency}, projected)", f">net ({self.currency})", f">net above this decision ({self.currency})"]
        rows, kinds = [], []
        for each in sorted(brief.options, key=lambda option: -option.net.value):
            mark = "this decision" if each.name == brief.decision else "compared with" if each.is_reference else "dominated" if each.is_dominated else ""
            rows.append([f"{begun_large(plain_world(each.name))}\n{each.title}", mark, _told_money(each.saving), _told_money(each.loss), _told_money(each.net), _told_money(each.gain)])
            kinds.append("ours" if each.name == brief.decision else "best" if each.gain.sign > 0 else "dim" if each.is_dominated else "")
        yield html.table(head, rows, kinds)
        yield html.paragraph(f"Against {self.base_name}. The last column's intervals hold together for all ways (Bonferroni); a dominated way saves less and loses more than another.", "note")
        yield html.made(self._hangs("cover", "waiting", "staying", "money"), "note")
        if brief.moved:
            yield html.heading("The same on another day", level=3)
            yield html.svg(lambda: moved_picture(brief.moved, self.scenario.calendar.start, brief.decision, ""))

    def _where_ways_come_from(self) -> str:
        searched = self.brief.searched
        if searched is None:
            return (
                f"{begun_large(counted(len(self.brief.options), 'way'))} that were asked for, on the same people and seed. search=yes searches the scenario's decisions and their combinations."
            )
        left = f" {counted(len(searched.left_out), 'combination')} cannot be taken together." if searched.left_out else ""
        fell = [(before, next(each.net.value for each in self.brief.options if each.name == name)) for name, before in searched.before.items()]
        drop = f" Their net money was {money(sum(a for a, _ in fell) / len(fell), self.currency)} on average in the search and is {money(sum(b for _, b in fell) / len(fell), self.currency)} now." if fell else ""
        return (
            f"{counted(searched.tried, 'way')} were tried with {counted(searched.replications, 'replication')} each.{left} The best of many looks better than it is (the winner's curse),"
            f" so all that is shown here was estimated anew with {counted(self.brief.comparison.replications, 'replication')} on fresh seeds.{drop}"
        )

    # ---- ledger

    def _ledger(self) -> Iterator[str]:
        brief = self.brief
        yield html.heading("The ledger", "ledger")
        yield html.svg(lambda: iceberg_picture(brief))
        head = ["account", "line", f">{plain_world(brief.against)}", f">{plain_world(brief.decision)}", f">difference ({self.currency}, simulated)"]
        rows, kinds = [], []
        for line in brief.ledger:
            rows.append(self._ledger_row(line))
            kinds.append("" if line.says else "sum")
        total = self._total()
        rows += [["all accounts", "their sum", *total], ["payroll plus invoices", "wages, lines, remedies, invoices of decisions", *self._paid()]]
        yield html.table(head, rows, [*kinds, "sum", "sum"])
        yield html.paragraph("Every paid second and every invoice is posted once, so the two last rows are the same to the cent.", "note")
        yield html.heading("Beside the ledger, never in it", level=3)
        yield html.table(["", ">change [95 %]", "unit", "horizon"], list(self._soft_rows()))
        yield html.made(self._hangs("money", "staying"), "note")

    def _ledger_row(self, line: LedgerLine) -> list[str]:
        names = ["", f"{plain_name(line.name)}\n{line.says}"] if line.says else [plain_name(line.account), ""]
        return [*names, _plain_money(line.base), _plain_money(line.value), _told_money(line.difference)]

    def _total(self) -> list[str]:
        sums = [each for each in self.brief.ledger if not each.says]
        base, value = sum(each.base for each in sums), sum(each.value for each in sums)
        return [_plain_money(base), _plain_money(value), _plain_money(value - base)]

    def _paid(self) -> list[str]:
        found = self.brief.comparison
        base, value = (float(found.sample(world, COST).above.mean()) for world in (self.brief.against, self.brief.decision))
        return [_plain_money(base), _plain_money(value), _plain_money(value - base)]

    def _soft_rows(self) -> Iterator[list[str]]:
        for key, says, unit, horizon in SOFT_WORDS:
            if key in self.brief.soft:
                change = self.brief.soft[key]
                yield [says, _told_money(change) if not unit else _told(change), unit or self.currency, horizon]

    # ---- efficiency

    def _efficiency(self) -> Iterator[str]:
        brief, numbers = self.brief, self.brief.numbers
        yield html.heading("Internal efficiency, external effectiveness", "efficiency")
        rows = [[EFFICIENCY_WORDS.get(each.measure, plain_name(each.measure)), *_row_cells(each), _unit(each, self.currency)] for each in brief.efficiency]
        rows += self._hit_satisfaction()
        yield html.table(["", f">{plain_world(brief.against)}", f">{plain_world(brief.decision)}", ">difference [95 %]", "unit (simulated)"], rows)
        yield html.paragraph(
            "What the dashboard shows divides by contacts: every repeat that a bad service makes lowers it. Cost per solved need cannot be flattered like that. Neither has invoices of decisions in it.", "note",
        )  # fmt: skip
        value, interval = break_even_words(numbers, self.currency)
        yield html.paragraph(f"Break-even worth of a customer: {value} ({interval}; Fieller, {counted(brief.comparison.replications, 'replication')}, projected); {self._own_worth(numbers)}.")
        yield html.paragraph(self._harm_ratio())
        yield html.made(self._hangs("solving", "waiting", "money"), "note")

    def _hit_satisfaction(self) -> list[list[str]]:
        people = self.brief.closer.people
        if not len(people.customer):
            return []
        without, with_it = float(people.score_without.mean()), float(people.score_with.mean())
        return [["satisfaction of those for whom something got worse, the same people in both worlds", f"{without:.1f}", f"{with_it:.1f}", digits(with_it - without, 2), f"points of 100, {counted(len(self.brief.closer.looked), 'replication')}"]]

    def _harm_ratio(self) -> str:
        ratio = self.brief.numbers.harm_ratio
        if ratio is None:
            return "Lost outside per unit saved inside: not shown, since the saving is not told to be above zero."
        return f"Lost outside (projected) per {self.currency} saved inside: {digits(ratio.value, 2)} [{span(ratio)}]."

    # ---- does it hold

    def _holds(self) -> Iterator[str]:
        brief = self.brief
        yield html.heading("Does the verdict hold?", "holds")
        if brief.verdict is None and not brief.bars and brief.share is None:
            yield html.paragraph("Not asked: presets=yes, tornado=yes and worlds=200 judge the decision in other parameter worlds.")
        if brief.verdict is not None:
            words = {1: "pays", -1: "loses", 0: "cannot be told"}
            yield html.table(["preset of how people remember", f">net ({self.currency}, projected) [95 %]", "verdict"], [[name, f"{_plain_money(net.mean)} [{_plain_money(net.low)} to {_plain_money(net.high)}]", words[net.sign]] for name, net in brief.verdict.nets.items()])
            if brief.verdict.depends:
                yield html.paragraph(f"The verdict flips between presets: it depends on an unproven claim, {claim_of(brief.verdict, brief.bars)}.")
        if brief.bars:
            yield from self._tornado_table()
        if brief.share is not None:
            share = brief.share
            yield html.paragraph(
                f"In {share.holds} of {share.of} parameter worlds ({share_text(share.holds / share.of)}, 95 %: {share_text(share.low)} to {share_text(share.high)}) the net money has the sign found here;"
                f" all parameters drawn from their ranges at once. This took {duration_words(share.seconds)}."
            )
            yield html.svg(lambda: worlds_picture(brief))

    def _tornado_table(self) -> Iterator[str]:
        rows = [
            [each.parameter.path, typed_text(_number(each.parameter.low)), _plain_money(each.at_low.mean), typed_text(_number(each.parameter.high)), _plain_money(each.at_high.mean), _plain_money(each.swing), "flips" if each.flips else ""]
            for each in self.brief.bars[:MOST_BARS]
        ]
        yield html.table(["parameter", ">low", f">net there ({self.currency})", ">high", ">net there", ">swing", ""], rows, ["best" if row[-1] else "" for row in rows])
        yield html.paragraph(
            f"The {min(MOST_BARS, len(rows))} of {len(self.brief.bars)} parameters that move the net money most (projected to a year), one at a time; the first six from more replications than the rest.", "note",
        )  # fmt: skip

    # ---- two lives

    def _two_lives(self) -> Iterator[str]:
        if self.life is None:
            return
        lives = self.life.lives
        yield html.heading(lives.title, "two-lives")
        yield html.paragraph("Simulated, replication 0; chosen as its strongest story. What is not told was the same.", "note")
        columns = [f"<h3>{html.text(name)}</h3>" for name in (lives.base_name, lives.other_name)]
        for day in self.life.days_told:
            columns += [f"<div><h3>{html.text(day.date)}</h3>{''.join(html.paragraph(each) for each in side)}</div>" for side in (day.base, day.other)]
        columns += [f"<div>{''.join(html.paragraph(each) for each in (f'In all: {short}', *end))}</div>" for short, end in zip(lives.in_short, (lives.base_end, lives.other_end), strict=True)]
        yield f"<div class='lives'>{''.join(columns)}</div>"

    # ---- how it was made

    def _how(self) -> Iterator[str]:
        brief = self.brief
        yield html.heading("How this was made", "how")
        seconds = ", ".join(f"{name} {duration_words(each)}" for name, each in (brief.seconds or {}).items())
        gains = ", ".join(f"{digits(each.gain.factor, 2)} against {plain_world(each.against)}" for each in brief.comparison.gains if each.decision == brief.decision and each.gain.factor < 1e9)
        yield html.listing([html.text(each) for each in (
            f"{brief.decided.world.scenario.title}: {counted(brief.comparison.replications, 'replication')} of {counted(brief.base.world.plan.days, 'day')} from {self.scenario.calendar.start}, seed {brief.settings.seed}, servsim {servsim.__version__}, engine {brief.settings.engine}.",
            "Every world meets the same people: same arrivals, same patience, same luck. "
            + (f"So the mean wait's difference varies as many times less than between independent runs: {gains}. " if gains else "")
            + "Pairing weakens with the horizon, since a lost customer's later contacts vanish.",
            "Simulated is what happens within the run; projected follows customers by the loyalty rules alone to 365 days after its start, without new contacts.",
            "Customers lost are chances added up over all customers, not heads: the same on average, far less noisy.",
            f"Time taken: {seconds}.",
        )])  # fmt: skip
        yield from self._expected()
        yield html.heading("The same five numbers against doing nothing", level=3)
        numbers = brief.beside_nothing
        value, interval = break_even_words(numbers, self.currency)
        yield html.table(["", ">value", "95 %", "unit"], [
            ["people for whom it got worse", digits(numbers.worse.value, 2), span(numbers.worse), "people, simulated"],
            ["customers' own time wasted", digits(numbers.minutes.value, 2), span(numbers.minutes), "min, simulated"],
            ["customers lost within a year", lost_sentence(numbers.lost.value), span(numbers.lost), "customers, projected"],
            ["net money", money(numbers.net.value, self.currency), money_span(numbers.net, self.currency), f"{self.currency}, saving simulated, loss projected"],
            ["worth of a customer from which it loses", value, interval, self.currency],
        ])  # fmt: skip

    def _expected(self) -> Iterator[str]:
        mine = [each for each in self.brief.comparison.expectations if each.decision == self.brief.decision]
        if mine:
            yield html.heading("What was expected beforehand, and what came of it", level=3)
            yield html.table(["measure", "expected", "against", ">found", "outcome"], [
                [plain_name(each.row.measure), each.expectation.sign, plain_world(each.against), _difference_text(each.row), each.outcome] for each in mine
            ])  # fmt: skip

    # ---- parameters

    def _parameters(self) -> Iterator[str]:
        yield html.heading("What the numbers hang on", "parameters")
        yield html.paragraph("Values of the scenario; ranges are what nobody has measured here, and sensitivity runs draw from them. Sources are explained on the loyalty page of the documentation.", "note")
        yield html.heading("What is decided", "g-decision", 3)
        yield html.table(["path", "new value"], [[path, typed_text(value)] for each in self.brief.decided.spec.decisions for path, value in each.set])
        yield html.table(["invoice", "date", f">amount ({self.currency})", "account"], [[each.says or each.name, each.date.isoformat(), f"{each.amount:,.0f}", plain_name(each.account)] for each in self.brief.decided.invoices])
        for group in GROUPS:
            entries = self.brief.parameters[group.name]
            if entries:
                yield html.heading(begun_large(group.says), f"g-{group.name}", 3)
                yield self._group_table(entries)

    def _group_table(self, entries: Sequence[Stated]) -> str:
        columns = [
            ("parameter", [each.path for each in entries]), ("value", [_short(each.value) for each in entries]), ("plausible", [each.plausible for each in entries]),
            ("what it says", [each.says for each in entries]), ("source", [each.source for each in entries]),
        ]  # fmt: skip
        filled = [(head, cells) for head, cells in columns if any(cells)]
        rows = list(zip(*(cells for _, cells in filled), strict=True))
        return html.table([head for head, _ in filled], rows, anchors=[f"p-{each.path}" for each in entries])


# ---- words of tables

KIND_WORDS = (
    ("solved_only_without", "needs unsolved that were solved", "cases", SIMULATED),
    ("in_vain_only_with", "came in vain who did not", "cases", SIMULATED),
    ("abandoned_only_with", "gave up a wait who did not", "cases", SIMULATED),
    ("waits_much_longer", "waited over 5 min longer", "contacts", SIMULATED),
    ("solved_over_a_day_later", "solved over a day later", "cases", SIMULATED),
    ("solved_only_with", "needs solved that were not", "cases", SIMULATED),
    ("in_vain_only_without", "no longer came in vain", "cases", SIMULATED),
    ("abandoned_only_without", "no longer gave up a wait", "cases", SIMULATED),
    ("waits_much_shorter", "waited over 5 min less", "contacts", SIMULATED),
    ("solved_over_a_day_sooner", "solved over a day sooner", "cases", SIMULATED),
    ("lost_because", "lost because of it, counted", "customers", SIMULATED),
    ("kept_because", "kept because of it, counted", "customers", SIMULATED),
    ("lost_anyway", "lost anyway, counted", "customers", SIMULATED),
    ("expected_lost_because", "expected to leave within a year because of it", "customers", PROJECTED),
    ("expected_kept_because", "expected to stay because of it", "customers", PROJECTED),
)
"""(paired number, what it says, unit, horizon), in the order of the table."""

SOFT_WORDS = (
    ("customers_lost", "worth of customers lost within the run (chances)", "", SIMULATED),
    ("at_risk", "worth of customers at risk from the end of the run to a year", "", PROJECTED),
    ("word_of_mouth", "prospects lost by bad stories, a year's margin", "", SIMULATED),
    ("customers_minutes", "borne by customers: their own time", "min", SIMULATED),
    ("customers_trips", "borne by customers: visits", "trips", SIMULATED),
    ("customers_time", "borne by customers: worth of that time", "", SIMULATED),
)

EFFICIENCY_WORDS = {
    "cost_per_handled_contact": "internal, as the dashboard shows it: cost per handled contact",
    "cost_per_solved_need": "internal, per solved need: wages, lines and remedies",
    "external_effectiveness": "external, all customers: mean satisfaction, those lost count 0",
    "mean_satisfaction_of_hit": "external, among those whom the firm failed (not the same people): mean satisfaction",
    "unhappy_share": "customers below 40 points",
    "first_contact_resolution": "solved at first contact",
    "occupancy": "staff busy, of their time on duty",
}


def break_even_words(numbers: FiveNumbers, currency: str) -> tuple[str, str]:
    """Return the break-even worth of a customer and its interval, or why there is none."""
    saves, loses = numbers.saving.value > 0.0, numbers.lost.value > 0.0
    if loses and not saves:
        return "loses at any", "it saves nothing inside and loses customers"
    if saves and not loses:
        return "pays at any", "it saves inside and loses no customers"
    if not loses:
        words = "pays above" if numbers.break_even is not None else "cannot be told"
        value = f"{words} {money(abs(numbers.break_even.value), currency)}" if numbers.break_even is not None else words
        return value, f"95 %: {money_span(numbers.break_even, currency)}" if numbers.break_even is not None else "customers kept are not told from none"
    if numbers.break_even is None:
        return "cannot be told", "customers lost are not told from none"
    return f"above {money(numbers.break_even.value, currency)}", f"95 %: {money_span(numbers.break_even, currency)}"


def _told(number: Told) -> str:
    return f"{digits(number.value, 2)} [{span(number)}]" if number.low != number.high else digits(number.value, 2)


def _plain_money(amount: float) -> str:
    return f"{amount:,.0f}".replace("-", "\u2212") if abs(amount) >= 1000.0 else money(amount)


def _told_money(number: Told) -> str:
    if number.low == number.high:
        return _plain_money(number.value)
    return f"{_plain_money(number.value)} [{_plain_money(number.low)} to {_plain_money(number.high)}]"


def _row_cells(row: Row) -> list[str]:
    scale = 100.0 if row.unit == "share" else 1.0
    values = ["" if value is None else digits(value * scale, 4) for value in (row.value_base, row.value)]
    return [*values, _difference_text(row)]


def _difference_text(row: Row) -> str:
    scale = 100.0 if row.unit == "share" else 1.0
    if row.difference is None:
        return "no data"
    if row.low is None or row.high is None or row.low == row.high:
        return digits(row.difference * scale, 2)
    return _told(Told(row.difference * scale, row.low * scale, row.high * scale))


def _unit(row: Row, currency: str) -> str:
    return {"share": "% (difference in points)", "money": currency}.get(row.unit, row.unit)


def _number(value: float) -> str:
    return f"{value / 86_400.0:g} days" if value >= 86_400.0 else f"{value:g}"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]} \u2026"
