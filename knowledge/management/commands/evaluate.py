from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string
from tqdm import tqdm

from assistant.workspaces.models import Workspace


class Command(BaseCommand):
    help = "Measure Brevity on your own labelled data. Writes one row per input row and prints totals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(settings.EVALUATIONS))
        parser.add_argument("file", type=Path, help="JSON lines")
        parser.add_argument("--workspace", metavar="SLUG", help="default: the first workspace")
        parser.add_argument("--out", type=Path, metavar="FILE", help="file for the rows (default: standard output)")

        routing = parser.add_argument_group("routing")
        routing.add_argument("--judge", metavar="TIER", help="large or saving: a model that grades the answers")
        routing.add_argument("--max-loss", type=float, metavar="SCORE", help="how much may be lost (default: 0.02)")
        routing.add_argument("--chart", type=Path, metavar="FILE.svg", help="file for a chart of cost against quality")
        routing.add_argument("--json", type=Path, dest="json_out", metavar="FILE", help="file for the totals as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        of_each, of_all = (_given(options, names) for names in (("judge",), ("max_loss", "chart", "json_out")))
        if options["what"] != "routing" and (of_each or of_all):
            raise CommandError(f"These options are for routing: {', '.join([*of_each, *of_all])}.")
        dotted = settings.EVALUATIONS[options["what"]]
        evaluate, totals = _imported(dotted), _imported(f"{dotted}_totals")
        workspace = _workspace(options["workspace"])
        rows = list(_rows(options["file"]))
        done: list[dict[str, Any]] = []
        with (
            open(options["out"], "w", encoding="utf-8") if options["out"] else nullcontext(sys.stdout) as out,
            tqdm(rows, unit=" rows", desc=f"evaluate {options['what']}", disable=options["verbosity"] == 0) as bar,
        ):
            for number, row in enumerate(bar, start=1):
                try:
                    answer = evaluate(row, workspace, **of_each)
                except (KeyError, TypeError) as error:
                    raise CommandError(f"Row {number} has a missing or invalid field: {error!r}") from error
                kept = {"id": row["id"]} if "id" in row else {}
                out.write(json.dumps({**kept, **answer}, ensure_ascii=False, default=str) + "\n")
                out.flush()
                done.append({**row, **answer, "asked": row})
        for line in totals(done, **of_all) if done else ["The file has no rows."]:
            self.stderr.write(line, style_func=str)


def _given(options: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if options[name] is not None}


def _imported(dotted: str) -> Any:
    try:
        return import_string(dotted)
    except ImportError as error:
        raise CommandError(f"{dotted} cannot be imported: {error}") from error


def _workspace(slug: str | None) -> Workspace:
    workspace = (
        Workspace.objects.filter(slug=slug).first() if slug else Workspace.objects.order_by("created_at").first()
    )
    if workspace is None:
        raise CommandError(f"There is no workspace {slug!r}." if slug else "There is no workspace yet.")
    return workspace


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise CommandError(f"{path}:{number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise CommandError(f"{path}:{number} is not a JSON object.")
        yield row
