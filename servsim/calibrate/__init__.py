"""From recorded contacts to the numbers of a scenario, each with an interval. Never simulates and never draws a picture."""
