"""Users' policies: who of those waiting is next for an agent, and which idle agent takes a contact (R36).

::

    class NewestFirst(Policy):
        name = "newest first"

        def next_contact(self, agent, waiting, u):
            return min(range(len(waiting)), key=lambda place: waiting[place].waited_s)

    servsim.run("phone_shop", policy=NewestFirst())

A policy sees candidates as plain numbers and returns the place of one of them. It has no clock but the waits that the
candidates show, and no luck but ``u``. It runs on the readable engine only; nothing here decides what follows.
"""

from __future__ import annotations

import hashlib
import inspect
import pickle
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from servsim.draws.name import hash64, leg_word
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import stream
from servsim.errors import SettingError
from servsim.scenario.spot import shown

Chance = Callable[[str], float]
"""``u("coin")``: a number between 0 and 1, named by the replication, by what is decided about and by the purpose."""


class Waiting(NamedTuple):
    """A contact that waits, or has just come, as a policy sees it. Numbers are those of the plan's ``Names``."""

    waited_s: float
    """In this line or, received anew, in the one before too; 0 for one that has just come."""
    priority: int
    credit_s: float
    reason: int
    segment: int
    channel: int
    customer: int
    """-1: unknown as a person."""
    owner: int
    """The customer's own agent, where the contact asks for him; else -1."""
    entry: int
    """How the contact came about (``servsim.rules.codes.Entry``): fresh, redial, a promised call ..."""
    try_number: int
    """0, then 1, 2 ... for redials."""
    talk_s: float
    """How long the talk would be at speed 1. No firm knows that: it is there for bounds on what knowledge could gain."""


class Agent(NamedTuple):
    """An agent, as a policy sees him."""

    agent: int
    team: int
    speed: tuple[float, ...]
    """By reason: ``agent.speed[contact.reason]``."""
    idle_s: float
    """For how long he has been idle; 0 for one who has just become free."""


class Policy:
    """A user's policy: override one of the methods, or both; each returns the place of a candidate in its list.

    Candidates stand in the order of the standing rule, so that 0 is what servsim does without a policy. A method is asked only
    where there are two candidates or more. Every replication begins with a fresh copy of the policy: what it notes in
    itself does not go from one to another.
    """

    name: str = ""
    """Stands in the manifest of a study and in its key; must be given."""

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
        """Return which of those waiting the free agent takes; the standing rule: 0."""
        return 0

    def next_agent(self, contact: Waiting, idle: Sequence[Agent], u: Chance) -> int:
        """Return which idle agent takes a contact that has just come, or has waited long enough for a further team; the standing rule: 0."""
        return 0


def check_policy(policy: Any) -> None:
    """Refuse what is no policy.

    Raises
    ------
    SettingError
        It is no ``Policy``, or has no name.
    """
    if not isinstance(policy, Policy):
        raise SettingError(f"policy: got {shown(policy)}; must be an object of a class made from servsim.Policy (see docs/how-to/write_a_policy.md)")
    if not isinstance(policy.name, str) or not policy.name.strip() or not policy.name.isprintable():
        raise SettingError(f"policy: got a name {shown(policy.name)}; must be words on one line, such as name = \"newest first\"")


def told_of(policy: Policy) -> dict[str, str]:
    """Return what a manifest says of a policy: its name, what it was set to, and a hash of its source.

    A policy whose source cannot be read (typed at a prompt) is another one each time, so that no results are taken for its own.
    """
    try:
        source = "".join(inspect.getsource(each) for each in type(policy).__mro__ if each not in (Policy, object))
    except (OSError, TypeError):
        source = uuid.uuid4().hex
    return {"name": policy.name, "set_to": repr(sorted(getattr(policy, "__dict__", {}).items())), "source_sha256": hashlib.sha256(source.encode()).hexdigest()}


def can_travel(policy: Policy) -> bool:
    """Whether worker processes can be given the policy: its class lives in a module that they can import, not in the script that was started."""
    if type(policy).__module__ == "__main__":
        return False
    try:
        pickle.dumps(policy)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def place_of(policy: Policy, method: str, told: Any, count: int) -> int:
    """Return the place that a policy told, checked.

    Raises
    ------
    SettingError
        It is no place in the list of candidates.
    """
    if isinstance(told, bool) or not hasattr(told, "__index__") or not 0 <= told.__index__() < count:
        words = f"must be a whole number from 0 to {count - 1}, the place of one of the {count} candidates"
        raise SettingError(f"policy '{policy.name}': {method} returned {shown(repr(told))}; {words}")
    return int(told.__index__())


class PolicyLuck:
    """The draws of one replication that policies may use; each has a name of its own and shifts no other."""

    def __init__(self, seed: int, replication: int) -> None:
        self.k0 = stream(seed, replication)

    def of_contact(self, contact: Any) -> Chance:
        """Return the draws of what is decided about a contact: the same in every world in which it comes."""
        attempt = leg_word(contact.leg_kind, contact.leg, contact.try_number)
        return lambda purpose: self._uniform("contact", purpose, contact.root, contact.lineage, attempt)

    def of_agent(self, agent: int, number: int) -> Chance:
        """Return the draws of an agent's choice, by its number among his own."""
        return lambda purpose: self._uniform("agent", purpose, agent, number, 0)

    def _uniform(self, of: str, purpose: str, what: int, part: int, attempt: int) -> float:
        if not isinstance(purpose, str):
            raise SettingError(f"policy: u({purpose!r}); must be a text that says what the draw is for, such as u(\"coin\")")
        return uniform(block(self.k0, hash64(f"servsim/policy/{of}/{purpose}"), what, part, attempt, 0)[0])
