"""What a scenario file leaves unsaid because other keys say it, filled into plain data before it is read.

Defaults that stand alone are in ``language.py``. It never refuses anything; the reader does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def fill_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with what depends on other keys filled in: segments, kinds of channels, their promise.

    Only what is absent is filled in; a value of a wrong kind is left for the reader to refuse.
    """
    channels = data.get("channels")
    if isinstance(channels, dict):
        data = {**data, "channels": {name: _fill_in_channel(name, each) for name, each in channels.items()}}
    return dict(data) if data.get("segments") else {**data, "segments": {"customers": {}}}


def _fill_in_channel(name: str, channel: Any) -> Any:
    channel = {} if channel is None else channel
    if not isinstance(channel, dict):
        return channel
    kind = channel.get("kind", name)
    if "kind" not in channel and kind in ("counter", "phone"):
        channel = {**channel, "kind": kind}
    if kind == "counter" and isinstance(channel.get("service_level") or {}, dict):
        channel = {**channel, "service_level": {"within": "10 min", **(channel.get("service_level") or {})}}
    return channel
