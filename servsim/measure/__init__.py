"""Measures: what the logs of a run say, in the words and by the definitions of planners. Never simulates."""
