"""A believable bot: demo data, and live traffic for the demo and the load tests.

:func:`write_history` writes a past in bulk; :func:`simulate_live` tracks events as they come;
:func:`standing` tells whose database it would be.
"""

from __future__ import annotations

from core.simulation.history import HISTORY_RATE, write_history
from core.simulation.live import simulate_live
from core.simulation.population import Population, created_at
from core.simulation.standing import RealDatabase, Standing, standing

__all__ = [
    "HISTORY_RATE",
    "Population",
    "RealDatabase",
    "Standing",
    "created_at",
    "simulate_live",
    "standing",
    "write_history",
]
