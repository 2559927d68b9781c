"""Draws: every random number of a run as a pure function of its name.

No generator state exists anywhere: a draw is found by (seed, replication, name of the thing, purpose), never by "the
next number". Never sees a clock, a waiting line or an event.
"""
