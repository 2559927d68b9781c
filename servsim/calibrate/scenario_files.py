"""The files of a scenario that was measured: its data and its tables. Never writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScenarioFiles:
    """A scenario's data and its tables."""

    data: dict[str, Any]
    tables: dict[str, str]
    """CSV texts by file name."""

    @property
    def yaml(self) -> str:
        """The text of ``scenario.yaml``."""
        import yaml

        text: str = yaml.safe_dump(self.data, sort_keys=False, default_flow_style=None, width=150, allow_unicode=True)
        return text
