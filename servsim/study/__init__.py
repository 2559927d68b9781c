"""Studies: a scenario run many times, and what is kept of it. Never draws a figure and never prints."""
