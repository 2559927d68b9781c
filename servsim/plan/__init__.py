"""The plan: a scenario turned into flat arrays, and the draws and rosters made from them. Knows no engine."""
