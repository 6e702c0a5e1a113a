"""The demo shop: a workspace, a widget, its articles and a staff login. Safe to run again."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser

from assistant.workspaces.models import ApiKey, Membership, Widget, Workspace
from demo.views import ARTICLES
from knowledge.imports import pipeline

ACCEPTANCE_ORIGIN = "http://127.0.0.1:8999"
SUGGESTIONS = ["How long does delivery take?", "Can I send something back?", "What does the warranty cover?"]


class Command(BaseCommand):
    help = "Load the demo shop. With --acceptance, also create two empty workspaces for black-box tests."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--acceptance", action="store_true", help="also create the workspaces acme and globex")

    def handle(self, *args: Any, **options: Any) -> None:
        shop, _ = Workspace.objects.get_or_create(slug="demo", defaults={"name": "Fjordlight", "assistant_name": "Liv"})
        own = urlsplit(settings.PUBLIC_URL)
        origins = {f"http://{host}:{settings.PORT}" for host in ("127.0.0.1", "localhost")}
        origins.add(f"{own.scheme}://{own.netloc}")
        self.widget(shop, "wk_demo", sorted(origins), suggestions=SUGGESTIONS)
        self.staff(shop)
        report = pipeline.import_path(shop, ARTICLES, publish=True)
        changes = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
        self.stdout.write("Demo shop: " + ", ".join(f"{len(names)} articles {what}" for what, names in changes.items()))
        if options["acceptance"]:
            for slug in ("acme", "globex"):
                self.acceptance(slug)

    def widget(self, workspace: Workspace, key: str, origins: list[str], **fields: Any) -> Widget:
        widget, _ = Widget.objects.get_or_create(public_key=key, defaults={"workspace": workspace, **fields})
        widget.origins = sorted({*widget.origins, *origins})
        widget.save(update_fields=["origins"])
        return widget

    def staff(self, workspace: Workspace) -> None:
        """The staff login `rosa`, with DEMO_STAFF_PASSWORD; without it no login is made."""
        password = os.environ.get("DEMO_STAFF_PASSWORD")
        if not password:
            return
        rosa, is_new = get_user_model().objects.get_or_create(
            username="rosa", defaults={"is_staff": True, "is_superuser": True, "first_name": "Rosa"}
        )
        if is_new or not rosa.check_password(password):
            rosa.set_password(password)
            rosa.save()
        Membership.objects.get_or_create(user=rosa, workspace=workspace, defaults={"role": Membership.Role.ADMIN})

    def acceptance(self, slug: str) -> None:
        """An empty workspace whose keys and secrets come from the environment."""
        workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
        widget = self.widget(workspace, f"wk_acceptance_{slug}", [ACCEPTANCE_ORIGIN])
        if secret := os.environ.get(f"ACCEPTANCE_IDENTITY_SECRET_{slug.upper()}"):
            widget.identity_secret = secret
            widget.save(update_fields=["identity_secret"])
        if secret := os.environ.get(f"ACCEPTANCE_API_KEY_{slug.upper()}"):
            ApiKey.issue(workspace, "acceptance", list(ApiKey.SCOPES), secret)
        self.stdout.write(f"Workspace {slug}: widget {widget.public_key}")
