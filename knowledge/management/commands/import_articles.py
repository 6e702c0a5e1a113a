from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from assistant.workspaces.models import Workspace
from knowledge.imports import pipeline


class Command(BaseCommand):
    help = "Import a file or folder of Markdown, HTML, PDF, DOCX, CSV or JSONL into a workspace."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--publish", action="store_true", help="publish the articles immediately")
        parser.add_argument("--dry-run", action="store_true", help="show the changes without saving them")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']!r}.")
        with tqdm(unit=" articles", desc="Importing", disable=options["verbosity"] == 0) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            report = pipeline.import_path(
                workspace, options["path"], options["publish"], progress=show, dry_run=options["dry_run"]
            )
        self.stdout.write("\n".join(report.lines()))
        imported = len(report.added) + len(report.changed) + len(report.unchanged)
        if report.refused and not imported:
            raise CommandError("Nothing could be imported.", returncode=2)
