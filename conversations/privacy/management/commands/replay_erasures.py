from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.errors import ServiceError
from conversations.privacy import ledger, replay


class Command(BaseCommand):
    help = (
        "Erase again everybody who was erased before. Run it after you restored a backup, before Brevity is reachable. "
        "It reads the ledger in the database and the file ERASURE_LEDGER."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count them, and erase nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self.stdout.write(f"{sum(1 for _ in ledger.back_again())} erased customers are there again.")
                return
            count = replay.replay()
        except (ledger.LedgerUnreadable, ServiceError) as error:
            raise CommandError(getattr(error, "sentence", str(error))) from error
        self.stdout.write(f"{count} customers erased again.")
