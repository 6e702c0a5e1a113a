from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.retention import data_map

PAGE = Path(settings.BASE_DIR) / "docs" / "privacy.md"


class Command(BaseCommand):
    help = "Print the data map: what every table, Redis key and folder holds, for what, and for how long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write it into docs/privacy.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if problems := data_map.problems():
            raise CommandError("\n".join(["The map is not complete. Mend data_map.yaml beside the models.", *problems]))
        if options["write"]:
            PAGE.write_text(data_map.in_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
            return
        self.stdout.write(data_map.markdown())
