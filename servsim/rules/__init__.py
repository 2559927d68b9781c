"""Rules of the model: plain functions and codes that every engine shares.

Never draws, never sees an engine's clock, never prints.
"""
