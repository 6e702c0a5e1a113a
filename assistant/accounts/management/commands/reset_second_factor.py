"""Remove the second factors of an account, for the only superuser after losing their phone."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.accounts import sessions
from assistant.audit import log as audit_log


class Command(BaseCommand):
    help = "Remove the second factors of an account and end its sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        Authenticator.objects.filter(user=user).delete()
        ended = sessions.end_all(user)
        audit_log.record("user.remove_second_factors", user, **audit_log.name_of(user))
        self.stdout.write(f"Removed the second factors of {username}; sessions ended: {ended}.")
