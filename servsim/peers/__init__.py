"""Two textbook lines written for other simulators, to hold servsim's speed against (``servsim bench``). Never simulates anything for a user."""
