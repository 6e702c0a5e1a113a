"""Addresses that open something are in no log."""

import copy
import io
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import reverse

from assistant.server import log_filters

SECRET = "JpYx-QtT1-uzMvGzyPSj2f9_Y8aB4c0D6e8F1g3H5i7"
ACCESS = '%s - "%s %s HTTP/%s" %d'  # as uvicorn writes it


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the console handler of the settings writes for the logger `uvicorn.access`."""
    text = io.StringIO()
    own = copy.deepcopy(settings.LOGGING)
    own["handlers"]["console"]["stream"] = text
    own["loggers"] = {"uvicorn.access": {"handlers": ["console"], "level": "INFO", "propagate": False}}
    del own["root"]
    logging.config.dictConfig(own)
    yield text
    logger = logging.getLogger("uvicorn.access")
    logger.handlers, logger.propagate = [], True


@pytest.mark.parametrize(
    "path",
    [
        f"/admin/account/invitation/{SECRET}/",
        f"/admin/account/password/1-{SECRET}/",
        f"/api/v1/exports/{SECRET}/?a=b",
    ],
)
def test_the_secret_of_an_address_is_left_out(written: io.StringIO, path: str):
    logging.getLogger("uvicorn.access").info(ACCESS, "127.0.0.1:1", "GET", path, "1.1", 200)

    assert SECRET not in written.getvalue()
    assert f'"GET {path[:16]}' in written.getvalue()


def test_other_lines_stay_as_they_are(written: io.StringIO):
    logging.getLogger("uvicorn.access").info(ACCESS, "127.0.0.1:1", "GET", "/admin/account/password/sent/", "1.1", 200)

    assert '"GET /admin/account/password/sent/ HTTP/1.1" 200' in written.getvalue()


def test_the_addresses_are_those_of_the_project():
    reset = {"uidb36": "1", "key": SECRET}
    for address in (
        reverse("staff-invitation", args=[SECRET]),
        reverse("account_reset_password_from_key", kwargs=reset),
        reverse("export", args=[SECRET]),
    ):
        assert log_filters.SECRET.search(address)
