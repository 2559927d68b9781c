"""The clock of a run: seconds from midnight of day 0; every day has 24 hours, there is no daylight saving (R31).

Never ticks: engines do.
"""

DAY_S = 86_400.0
HOUR_S = 3600.0
MINUTE_S = 60.0
