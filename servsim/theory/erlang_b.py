"""M/G/c/c: nobody waits, whoever finds all agents busy is lost (Erlang B).

Never needs the law of the service time, only its mean: the formula is insensitive to it.
"""

from __future__ import annotations

from servsim.theory.argument import check_count, check_not_negative, check_positive, check_share


def blocked_share(offered_load_erlang: float, agents: int) -> float:
    """Give the share of arrivals that find all agents of M/G/c/c busy.

    B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)); every step lies in [0, 1], so thousands of agents are safe.

    Raises
    ------
    SettingError
        When the load is negative or the agents are not a whole number of 0 or more.

    Source
    ------
    Erlang (1917); the recursion as in Cooper, Introduction to Queueing Theory (1981), eq. 3.6 of chapter 3.
    """
    load = check_not_negative("offered_load_erlang", offered_load_erlang)
    blocked = 1.0
    for k in range(1, check_count("agents", agents) + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def carried_load_erlang(offered_load_erlang: float, agents: int) -> float:
    """Give the mean number of busy agents in M/G/c/c.

    Raises
    ------
    SettingError
        As :func:`blocked_share`.

    Source
    ------
    Little (1961) on the admitted calls: a (1 - B).
    """
    return offered_load_erlang * (1.0 - blocked_share(offered_load_erlang, agents))


def occupancy_share(offered_load_erlang: float, agents: int) -> float:
    """Give the share of paid time in which an agent of M/G/c/c is busy; 0 without agents.

    Raises
    ------
    SettingError
        As :func:`blocked_share`.

    Source
    ------
    Little (1961): a (1 - B) / c.
    """
    return carried_load_erlang(offered_load_erlang, agents) / agents if agents else 0.0


def min_lines(offered_load_erlang: float, blocked_share_at_most: float) -> int:
    """Find the fewest lines of M/G/c/c that block no more than a given share.

    Raises
    ------
    SettingError
        When the load is negative or the share is not above 0 and up to 1.

    Source
    ------
    Erlang (1917), by the recursion of :func:`blocked_share`.
    """
    load = check_not_negative("offered_load_erlang", offered_load_erlang)
    check_positive("blocked_share_at_most", check_share("blocked_share_at_most", blocked_share_at_most))
    lines, blocked = 0, 1.0
    while blocked > blocked_share_at_most:
        lines += 1
        blocked = load * blocked / (lines + load * blocked)
    return lines
