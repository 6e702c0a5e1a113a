from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assistant.usage import price_import


class Command(BaseCommand):
    help = "Import prices of models from a JSON file. If one rule is wrong, nothing is imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="day from which rules without one of their own are valid; default: today (UTC)",
        )
        parser.add_argument("--dry-run", action="store_true", help="show the changes without saving them")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rules = price_import.read(options["file"], options["valid_from"] or timezone.now().date())
        except price_import.InvalidPrices as error:
            raise CommandError("\n".join(["Nothing was imported.", *error.mistakes]), returncode=2) from error
        report = price_import.store(rules, dry_run=options["dry_run"])
        for title, lines in (("New", report.added), ("Changed", report.changed), ("Unchanged", report.unchanged)):
            self.stdout.write("\n".join([f"{title}: {len(lines)}", *(f"  {line}" for line in lines)]))
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was saved.")
