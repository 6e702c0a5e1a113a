from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.retention import purge


class Command(BaseCommand):
    help = "Delete data that is older than the periods of its workspace (Data retention in the admin), and report it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be deleted, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            runs = purge.run_all(dry_run=options["dry_run"])
        except purge.PurgeRunning as error:
            raise CommandError(error.sentence) from error
        for run in runs:
            self.stdout.write(f"{run}: {run.total} rows")
            for name, count in run.lines:
                self.stdout.write(f"  {name}: {count}")
            if not run.is_complete:
                self.stdout.write("  Not everything: run the command again, or wait for the next hourly run.")
        if not runs:
            self.stdout.write("Nothing is old enough to be deleted.")
