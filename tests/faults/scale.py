"""Durations and numbers of the fault tests: small by default, as promised in the docs with FAULTS=full.

`make test-faults` sets it. Only then are durations below a few seconds asserted, because that needs an idle machine.
"""

import os
from typing import TypeVar

Amount = TypeVar("Amount", int, float)
IS_FULL = os.environ.get("FAULTS") == "full"


def scaled(little: Amount, promised: Amount) -> Amount:
    return promised if IS_FULL else little


REDIS_RESTART_S = scaled(3, 10)
REDIS_AWAY_S = scaled(4, 60)
POSTGRES_AWAY_S = scaled(8, 30)  # psycopg's pool tries again after 1, 3, 7 and 15 s, if it is let
TURNS = 200
STANDERS_BY = scaled(10, 50)  # who all say something at once while a server is away
ANSWER_S = scaled(6.0, 2.0)  # within which who asks is told yes or no, whatever is away
BACK_S = 5.0  # after which all is as it was, once the server is there again

CREEPING, SILENT, SPEECHLESS = scaled(100, 500), scaled(100, 500), scaled(40, 200)
BYTE_INTERVAL_S = scaled(1.0, 5.0)
LINES_END_S = scaled(60.0, 15.0)
HEALTH_S = 0.2
