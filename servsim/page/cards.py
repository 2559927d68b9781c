"""Cards: the decisions of a scenario as things to buy, with what each costs, and which one the lesson is about.

Never judges whether a decision is good: the runs do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from servsim.errors import ScenarioError
from servsim.page.shop import Shop
from servsim.scenario.invoice import invoices_of


@dataclass(frozen=True)
class Card:
    """One decision."""

    name: str
    title: str
    why: str
    aim: str
    reference: str
    counters: tuple[str, ...]
    price: float
    """Invoices less savings over the whole calendar, beside payroll."""
    invoices: tuple[str, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """The card as plain data."""
        return {**self.__dict__, "counters": list(self.counters), "invoices": list(self.invoices)}


def cards_of(shop: Shop) -> tuple[list[Card], list[str]]:
    """Return a card for every decision that can be read, and what is wrong with the others."""
    cards, problems = [], []
    for name in shop.files:
        try:
            cards.append(_card(shop, name))
        except ScenarioError as error:
            problems += [str(each) for each in error.problems]
    return cards, problems


def _card(shop: Shop, name: str) -> Card:
    own = next(part for part in shop.decision(name).parts if part.name == name)
    invoices = invoices_of([own], shop.scenario)
    sums: Counter[str] = Counter()
    for each in invoices:
        sums[each.says or each.name] += each.amount  # type: ignore[assignment]
    said = tuple(f"{says}: {amount:,.0f}" for says, amount in sums.items())
    return Card(name, own.title, own.why.strip(), own.aim, own.reference, own.counters, sum(each.amount for each in invoices), said)


def main_card(cards: list[Card], asked: str = "") -> str:
    """Return the decision that the lesson is about: the one asked for, or the one that most others answer; empty: none."""
    if asked:
        return asked
    answered = Counter(name for card in cards for name in card.counters)
    known = {card.name for card in cards}
    best = [name for name, _ in sorted(answered.items(), key=lambda item: (-item[1], item[0])) if name in known]
    return (best or [card.name for card in cards] or [""])[0]
