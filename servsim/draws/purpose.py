"""What a draw is for: groups of up to four purposes that share one block of random words.

A draw is word ``w`` of ``block(stream(seed, replication), salted(hash64(name), group), root, lineage, leg word, trial)``;
the name is the reason's for cases and contacts, the agent's, absence's, day factor's or segment's for theirs. Never draws.

=============  ==============================  ==============================================================
group          counter                         words
=============  ==============================  ==============================================================
COUNT          root with number 0, 0, 0, chunk COUNT_OF_CELL
CASE           root, lineage, 0, trial         POSITION, SEGMENT, CHANNEL, CUSTOMER
LEG            root, lineage, leg, trial       PATIENCE, TALK, WRAP_UP, SOLVED
LEG_AFTER      root, lineage, leg, trial       SEARCH, HAS_FILE, RETURNS, RETURN_DELAY
LEG_DESK       root, lineage, leg, trial       DESK_TIME
TRY            root, lineage, leg|try, trial   MENU, CONTAINED, AGAIN, AGAIN_DELAY
TRY_DOOR       root, lineage, leg|try, trial   BALK, FALSE_CONTAINMENT, TRIES_WHEN_OPEN, OPENING_SPREAD
DAY_FACTOR     day, 0, 0, trial                BUSY_NESS
AGENT_DAY      day, hash of the absence, 0, 0  ILLNESS
MEMBERS        *reserved*                      MEMBER
CASE_MIND      root, lineage, 0, trial         NOISE, SEVERITY, COMPLAINS, SURPRISE
CASE_AFTER     root, lineage, 0, trial         PASSED_ON, REACHED, CLAIM, FORGOTTEN
CASE_LINK      root, lineage, link, trial      LEADS_TO, LEAD_TIME
CASE_NOTICE    root, lineage, 0, 0             KNOWN, AGREES
PERSON         number in the segment, 0, 0, 0  START, THRESHOLD, WANTS_HUMAN
=============  ==============================  ==============================================================
"""

from __future__ import annotations

from enum import IntEnum

from servsim.draws.name import hash64, mix64


class Group(IntEnum):
    """A set of purposes drawn together. Numbers and salts never change: they are part of every draw's name."""

    COUNT = 0
    """How many cases a cell has."""
    CASE = 1
    """What a case is."""
    LEG = 2
    """What all tries of one leg share."""
    LEG_AFTER = 3
    """More of the same, needed by fewer contacts."""
    LEG_DESK = 4
    """Work at the desk that takes messages and rebooks."""
    TRY = 5
    """What is new at every try."""
    TRY_DOOR = 6
    """What happens at the door: balking, closed hours, false containment."""
    DAY_FACTOR = 7
    """Busy-ness of a day."""
    AGENT_DAY = 8
    """What befalls an agent on a day."""
    MEMBERS = 9
    """*Reserved.* Whom an absence takes is a hash of names, not a draw (R9)."""
    CASE_MIND = 10
    """How a case is felt, and whether somebody says so (R41 to R43)."""
    CASE_AFTER = 11
    """What happens to a problem (R43, R44, R30)."""
    CASE_LINK = 12
    """Later needs that grow out of a case; the attempt is the link's number among those of its reason (R5)."""
    CASE_NOTICE = 13
    """Calls ahead of an absence (R33)."""
    PERSON = 14
    """What a customer is; the name is the segment's (R11)."""


COUNT_OF_CELL = 0

POSITION, SEGMENT, CHANNEL, CUSTOMER = 0, 1, 2, 3

PATIENCE, TALK, WRAP_UP, SOLVED = 0, 1, 2, 3

SEARCH, HAS_FILE, RETURNS, RETURN_DELAY = 0, 1, 2, 3

DESK_TIME = 0

MENU, CONTAINED, AGAIN, AGAIN_DELAY = 0, 1, 2, 3

BALK, FALSE_CONTAINMENT, TRIES_WHEN_OPEN, OPENING_SPREAD = 0, 1, 2, 3

BUSY_NESS = 0

ILLNESS = 0

MEMBER = 0

NOISE, SEVERITY, COMPLAINS, SURPRISE = 0, 1, 2, 3

PASSED_ON, REACHED, CLAIM, FORGOTTEN = 0, 1, 2, 3

LEADS_TO, LEAD_TIME = 0, 1

KNOWN, AGREES = 0, 1

START, THRESHOLD, WANTS_HUMAN = 0, 1, 2

GROUP_SALT: tuple[int, ...] = tuple(hash64(f"servsim/draws/{group.name.lower()}") for group in Group)
"""One constant per group, indexed by its number."""


def stream(seed: int, replication: int) -> int:
    """Return the first key word of all draws of one replication."""
    return mix64(seed, replication)


def salted(name_hash: int, group: int) -> int:
    """Return the second key word: the name's hash with the group's salt."""
    return name_hash ^ GROUP_SALT[group]
