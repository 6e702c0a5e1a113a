from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.workspaces.models import Workspace
from knowledge.search.weights import labels, training
from knowledge.search.weights.models import LegWeights


class Command(BaseCommand):
    help = "Train a workspace's search weights on labelled questions. Used only if better than the default."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="JSON lines as for `evaluate search`; kept as labels")
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--reset", action="store_true", help="restore the default weights and stop training")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']!r}.")
        if options["file"]:
            self._take(workspace, options["file"])
        if options["reset"]:
            training.reset(workspace)
            self.stdout.write("Default weights restored.")
            return
        training.resume(workspace)
        self.stdout.write("\n".join(lines_about(training.learn(workspace))))

    def _take(self, workspace: Workspace, file: Path) -> None:
        try:
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            unknown = sum(labels.add_row(workspace, row) == 0 for row in rows)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{file} cannot be read as labelled questions: {error!r}") from error
        if unknown:
            names = "1 row names" if unknown == 1 else f"{unknown} rows name"
            self.stdout.write(f"{names} no article of this workspace.")


def lines_about(row: LegWeights) -> list[str]:
    lines = [f"{row.labels} labels: {row.get_state_display()}."]
    if row.gain is not None:
        lines += [
            "trained weights: " + ", ".join(f"{leg} {weight:.2f}" for leg, weight in row.weights.items()),
            f"MRR on labels not learned from: {row.learned_mrr:.3f}, shipped weights {row.shipped_mrr:.3f}, "
            f"gain {row.gain:+.3f} (95 % interval {row.gain_low:+.3f} to {row.gain_high:+.3f})",
        ]
    return lines
