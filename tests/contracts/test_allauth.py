"""What we use of django-allauth and axes beyond their documentation: a new version that changes it fails here."""

import inspect

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.usersessions.models import UserSessionManager
from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_a_password_is_recorded_as_a_method_of_the_session():
    assert parameters(record_authentication) == ["request", "user", "method", "extra_data"]


def test_a_login_goes_through_the_second_factor():
    assert parameters(perform_login)[:2] == ["request", "user"]
    assert "redirect_url" in parameters(perform_login)


def test_sessions_are_listed_by_their_manager():
    assert parameters(UserSessionManager.purge_and_list) == ["self", "user"]
    assert parameters(UserSessionManager.create_from_request)[:2] == ["self", "request"]


def test_axes_asks_its_handler_whether_a_login_is_locked():
    assert parameters(AxesDatabaseHandler.is_locked) == ["self", "request", "credentials"]
    assert parameters(get_cool_off_threshold) == ["request"]
