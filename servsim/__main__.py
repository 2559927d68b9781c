"""``python -m servsim``: the plain Hydra app, for researchers who want Hydra's launchers and sweepers.

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

from servsim.cli.hydra_app import main

if __name__ == "__main__":
    sys.exit(main())
