"""The command line: verbs, arguments, tables. Never simulates and never measures by itself."""
