from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.audit import verify
from assistant.audit.models import Event


class Command(BaseCommand):
    help = (
        "Check the audit log: names every entry that was changed, deleted or slipped in. Exit code 1 if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--contains",
            metavar="DIGEST",
            help="also check that the log still has the entry whose digest an earlier run printed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = [f"Entry {each.event_id}: {each.what}." for each in verify.problems()]
        if (digest := options["contains"]) and not verify.has_digest(digest):
            found.append(f"The entry with the digest {digest} is gone, and what came after it may be too.")
        if found:
            raise CommandError("\n".join(["The audit log was tampered with.", *found]))
        self.stdout.write(f"{Event.objects.count()} entries, none changed.")
        self.stdout.write(f"Digest of the newest: {verify.head() or 'none'}")
