"""The draws of one replication, asked for by the name of what needs them. Holds no state: the order of asking is free.

Days of first contacts are drawn in bulk by ``servsim.plan.day``; this module serves what happens later in a case: redials,
returns, the luck of a substitute. Both give the same bits for the same name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from servsim.draws.law import sample
from servsim.draws.name import leg_word, strip_reason
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import LEAD_TIME, LEADS_TO, Group, salted, stream

BLOCKS_KEPT = 16_384
"""A month of a shop has half as many; a block is asked for by several words, and by the same names in worlds that a decision tells apart."""
kept_block = lru_cache(maxsize=BLOCKS_KEPT)(block)


class Luck:
    """Draws of contacts; ``plan`` holds plain lists (``as_lists``)."""

    def __init__(self, plan: Any, seed: int, replication: int) -> None:
        self.laws = plan.laws
        self.k0 = stream(seed, replication)
        self.k1 = [[salted(name, group) for name in plan.reason_hash] for group in Group]

    def of_leg(self, contact: Any, group: int, word: int) -> float:
        """Return a uniform that all tries of a leg share (R6)."""
        return self._uniform(contact, group, word, leg_word(contact.leg_kind, contact.leg, 0))

    def of_try(self, contact: Any, group: int, word: int) -> float:
        """Return a uniform of one try."""
        return self._uniform(contact, group, word, leg_word(contact.leg_kind, contact.leg, contact.try_number))

    def of_case(self, contact: Any, group: int, word: int) -> float:
        """Return a uniform of the whole case, whatever its contacts."""
        return self._uniform(contact, group, word, 0)

    def of_link(self, contact: Any, link: int) -> float:
        """Return the uniform that says whether a later need comes; ``link`` is its number among those of the reason (R5)."""
        return self._uniform(contact, Group.CASE_LINK, LEADS_TO, link)

    def _uniform(self, contact: Any, group: int, word: int, attempt: int) -> float:
        words = kept_block(self.k0, self.k1[group][contact.reason], strip_reason(contact.root), contact.lineage, attempt, 0)
        return uniform(words[word])

    def time_of_leg(self, law: int, contact: Any, group: int, word: int) -> float:
        """Return a draw of a law, the same for all tries of a leg; 0 where there is no law (-1)."""
        return self._time(law, contact, group, word, leg_word(contact.leg_kind, contact.leg, 0))

    def time_of_try(self, law: int, contact: Any, group: int, word: int) -> float:
        """Return a draw of a law for one try; 0 where there is no law (-1)."""
        return self._time(law, contact, group, word, leg_word(contact.leg_kind, contact.leg, contact.try_number))

    def draw_of_case(self, law: int, contact: Any, group: int, word: int) -> float:
        """Return a draw of a law (of money, say) of the whole case; 0 where there is no law (-1)."""
        return self._time(law, contact, group, word, 0)

    def time_of_link(self, law: int, contact: Any, link: int) -> float:
        """Return after what time a later need comes (R5)."""
        return self._time(law, contact, Group.CASE_LINK, LEAD_TIME, link)

    def _time(self, law: int, contact: Any, group: int, word: int, attempt: int) -> float:
        if law < 0:
            return 0.0
        k1, c0 = self.k1[group][contact.reason], strip_reason(contact.root)
        u = uniform(kept_block(self.k0, k1, c0, contact.lineage, attempt, 0)[word])
        return sample(self.laws, law, u, self.k0, k1, c0, contact.lineage, attempt, word)
