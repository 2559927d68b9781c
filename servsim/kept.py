"""What was made before, kept by all that it hangs on: what was asked for last, within a bound. Threads may share it. Never makes anything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(Generic[Key, Made]):
    """Things by key.

    Parameters
    ----------
    most : how much is kept at most, in the unit of ``size_of``; what alone is larger is not kept.
    size_of : the size of one thing, of its key and itself.
    """

    def __init__(self, most: float, size_of: Callable[[Key, Made], float]) -> None:
        self.most, self.size_of = most, size_of
        self.size = 0.0
        """How much is kept."""
        self._things: OrderedDict[Key, tuple[Made, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Made | None:
        """Return what was made before; ``None``: it was not, or is kept no more."""
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def put(self, key: Key, made: Made) -> None:
        """Keep a thing, unless another thread has made it meanwhile; forget those first that nobody has asked for the longest."""
        size = self.size_of(key, made)
        if size > self.most:
            return
        with self._lock:
            if key in self._things:
                return
            self.size += size  # first: a thread may be stopped from outside between two lines, and then less is kept, never more
            self._things[key] = made, size
            while self.size > self.most and self._things:
                self.size -= self._things.popitem(last=False)[1][1]
