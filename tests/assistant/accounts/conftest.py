"""Members of a shop, a mail server, and codes as an app on a phone makes them."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Iterator
from email.message import Message as Mail
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.contrib.auth.models import User
from django.test import Client

from assistant.embedded.state import free_port
from assistant.workspaces.models import Membership, Workspace

PASSWORD = "a-password-of-acme"


@pytest.fixture
def member(workspace: Workspace) -> Callable[..., User]:
    """Make somebody a member of Acme: `member("bob", "agent")`."""

    def made(name: str, role: str, of: Workspace = workspace) -> User:
        user = User.objects.create_user(name, f"{name}@shop.example", PASSWORD, is_staff=True, first_name=name.title())
        Membership.objects.create(user=user, workspace=of, role=role)
        return user

    return made


def log_in(client: Client, name: str, password: str = PASSWORD, **sent: Any) -> Any:
    return client.post("/admin/login/", {"username": name, "password": password}, **sent)


def logged_in(name: str) -> Client:
    client = Client()
    assert log_in(client, name).status_code == 302
    return client


def is_inside(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


class Inbox(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []

    def handle_message(self, message: Mail) -> None:
        self.mails.append(message)

    def text(self) -> str:
        """The text of the only mail."""
        (mail,) = self.mails
        return mail.get_payload(decode=True).decode()


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    """A real SMTP server, which the settings name."""
    inbox, port = Inbox(), int(free_port())
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    yield inbox
    server.stop()


def code_of_app(secret: str) -> str:
    """A time-based one-time password: RFC 6238, with SHA-1, 30 s and six digits."""
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
