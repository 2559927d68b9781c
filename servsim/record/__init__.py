"""Recorded contacts: call logs as other programs wrote them, read into columns. Never simulates and never fits a law."""
