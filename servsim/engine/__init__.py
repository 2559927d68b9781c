"""Engines: they run a plan and write the log, nothing else."""
