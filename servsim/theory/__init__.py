"""Queueing theory that stands beside the simulation: pure functions of rates, times and head-counts.

::

    argument                     what a formula accepts
    erlang_b  erlang_c           one line, exponential service, nobody or everybody waits
    patience -> erlang_a         people who hang up           erlang_a -> hourly (a planner's sheet)
    finite_line                  trunk lines or seats
    single_server  deterministic  priority  staffing  service_level  arrival_count
    markov_chain                 small models without a formula, solved as chains
    time_varying                 rates and head-counts by interval, from empty
    registry                     which formula fits which line

Never simulates, never draws, never reads a scenario or a log.
"""
