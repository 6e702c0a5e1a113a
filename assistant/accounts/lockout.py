"""Lock logins after wrong passwords: a user name from one address, and a user name from everywhere.

The second lock has a higher limit and exempts browsers that have logged in with the name before, so that nobody can
lock out a colleague by entering wrong passwords. Passkeys and single sign-on are never locked, as there is no password
to guess.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from assistant.accounts import known_browsers
from assistant.accounts.login import login_page
from assistant.staff.permissions import counted_name


class LoginHandler(AxesDatabaseHandler):
    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return super().is_locked(request, credentials) or self._is_name_locked(request, credentials)

    def _is_name_locked(self, request: Any, credentials: dict[str, Any] | None) -> bool:
        name = counted_name(request, credentials)
        if not name or known_browsers.is_known(request, name):
            return False
        recent = AccessAttempt.objects.filter(username=name, attempt_time__gte=get_cool_off_threshold(request))
        failures = recent.aggregate(all=Sum("failures_since_start"))["all"] or 0
        return bool(failures >= settings.LOGIN_FAILURES_PER_NAME)


def locked_out(request: HttpRequest, *_given: Any) -> HttpResponse:
    """Return the login page with the waiting time; it is the same for names without an account."""
    wait = timedelta(hours=settings.AXES_COOLOFF_TIME)
    response = login_page(request, lockout_minutes=max(1, round(wait.total_seconds() / 60)), status=429)
    response["Retry-After"] = str(round(wait.total_seconds()))
    return response
