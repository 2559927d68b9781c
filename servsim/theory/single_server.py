"""One agent: M/G/1 and what textbooks hang on it (vacations, batches, breakdowns, discouraged arrivals).

Never knows abandonment.
"""

from __future__ import annotations

import math

from servsim.theory.argument import check_not_negative, check_positive, check_stable


def mean_wait_s(rate_per_s: float, service_mean_s: float, service_scv: float) -> float:
    """Give the mean wait in M/G/1, seconds; scv = squared coefficient of variation of the service time.

    Raises
    ------
    SettingError
        When the rate or the scv is negative, the service time is not above 0, or the line grows without end.

    Source
    ------
    Pollaczek (1930), Khinchine (1932): W = rho E[S] (1 + scv) / (2 (1 - rho)).
    """
    load = _stable_load(rate_per_s, service_mean_s)
    return load * service_mean_s * (1 + check_not_negative("service_scv", service_scv)) / (2 * (1 - load))


def wait_probability(rate_per_s: float, service_mean_s: float) -> float:
    """Give the share of arrivals at M/G/1 that wait: the load, whatever the law of service.

    Raises
    ------
    SettingError
        As :func:`mean_wait_s`.

    Source
    ------
    Wolff (1982), Poisson arrivals see time averages.
    """
    return _stable_load(rate_per_s, service_mean_s)


def queue_length(rate_per_s: float, service_mean_s: float, service_scv: float) -> float:
    """Give the mean number of waiting people in M/G/1.

    Raises
    ------
    SettingError
        As :func:`mean_wait_s`.

    Source
    ------
    Little (1961).
    """
    return rate_per_s * mean_wait_s(rate_per_s, service_mean_s, service_scv)


def mean_wait_with_vacations_s(
    rate_per_s: float, service_mean_s: float, service_scv: float, vacation_mean_s: float, vacation_scv: float
) -> float:
    """Give the mean wait in M/G/1 whose agent leaves whenever the line is empty, again and again, seconds.

    Raises
    ------
    SettingError
        As :func:`mean_wait_s`, or when the vacation is not above 0 or its scv is negative.

    Source
    ------
    Fuhrmann & Cooper (1985): Pollaczek-Khinchine + E[V^2] / (2 E[V]).
    """
    rest_s = (
        check_positive("vacation_mean_s", vacation_mean_s) * (1 + check_not_negative("vacation_scv", vacation_scv)) / 2
    )
    return mean_wait_s(rate_per_s, service_mean_s, service_scv) + rest_s


def number_with_batches(
    batch_rate_per_s: float, service_mean_s: float, batch_mean: float, batch_square_mean: float
) -> float:
    """Give the mean number of people in M^X/M/1, where whole groups arrive.

    Raises
    ------
    SettingError
        When a rate is negative, a mean is not above 0, or the line grows without end.

    Source
    ------
    Gross & Harris, Fundamentals of Queueing Theory (1998), section 3.1: L = rho (1 + E[X^2]/E[X]) / (2 (1 - rho)).
    """
    load = _stable_load(batch_rate_per_s * check_positive("batch_mean", batch_mean), service_mean_s)
    return load * (1 + check_positive("batch_square_mean", batch_square_mean) / batch_mean) / (2 * (1 - load))


def number_with_breakdowns(
    rate_per_s: float, service_mean_s: float, present_mean_s: float, away_mean_s: float
) -> float:
    """Give the mean number of people in M/M/1 whose agent is present and away in turn, busy or not; service resumes.

    Greek: with mu = 1/service, alpha = 1/present, beta = 1/away, A = beta/(alpha + beta):
    L = lambda / (mu A - lambda) (1 + mu alpha / (alpha + beta)^2).

    Raises
    ------
    SettingError
        When a rate is negative, a time is not above 0, or the line grows without end.

    Source
    ------
    White & Christie (1958); Avi-Itzhak & Naor (1963), model with breakdowns in idle time.
    """
    leaves, returns = (
        1 / check_positive("present_mean_s", present_mean_s),
        1 / check_positive("away_mean_s", away_mean_s),
    )
    present = returns / (leaves + returns)
    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s) / present
    check_stable("rate_per_s", load)
    return load / (1 - load) * (1 + leaves / (service_mean_s * (leaves + returns) ** 2))


def idle_share_when_discouraged(rate_per_s: float, service_mean_s: float) -> float:
    """Give the share of time that M/M/1 is empty when arrivals come at rate lambda/(n + 1) to n people.

    The number of people is Poisson with mean ``rate_per_s * service_mean_s``.

    Raises
    ------
    SettingError
        When the rate is negative or the service time is not above 0.

    Source
    ------
    Kleinrock, Queueing Systems I (1975), section 3.3.
    """
    return math.exp(-check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s))


def _stable_load(rate_per_s: float, service_mean_s: float) -> float:
    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s)
    check_stable("rate_per_s", load)
    return load
