"""``python -m servsim VERB ...`` is ``servsim VERB ...``; without a verb, the plain Hydra app, for its launchers and sweepers.

::

    python -m servsim -m scenario=phone_shop teams.clerks.agents=3,4,5 seed=1,2 hydra/launcher=joblib

Run settings and paths of the scenario are typed as in every verb of ``servsim`` (a ``+`` before a path is not needed).
Every job keeps its study in its own output folder and returns one number, the value of ``measure``, for sweepers that
minimise. Limits: values must fit Hydra's grammar (quote those with commas or odd characters: 'profile="{9:00: 3}"'),
``scenario=glob(*)`` is not expanded, jobs cannot resume, and a Hydra job costs a quarter of a second. ``servsim sweep``
has none of these.
"""

from __future__ import annotations

import sys

from servsim.cli.main import run

NO_VERB = "-+~"
"""What Hydra's own words begin with that hold no ``=``: options, and what is taken out."""


def started(words: list[str]) -> None:
    """Run the verb that comes first (or tell which are near it), or Hydra's app, and leave with the exit code."""
    if words and "=" not in words[0] and words[0][0] not in NO_VERB:
        run(words)
    from servsim.cli.hydra_app import main

    sys.exit(main())


if __name__ == "__main__":
    started(sys.argv[1:])
