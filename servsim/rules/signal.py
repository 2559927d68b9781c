"""What a waiting contact may be told. Zero and more is an agent's number: come and be served."""

LOST_PATIENCE = -1
WAITS = -2
DISCONNECTED = -3
"""The line is cleared at closing time."""
TURNED_AWAY = -4
"""Inside at closing time, and nobody will come any more."""
SENT_HOME = -5
"""Told to come back by a notice on the door."""
MESSAGE_TAKEN = -6
"""The message is noted without anybody's time."""
