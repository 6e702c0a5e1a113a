"""manage.py doctor: check every dependency and print how to fix what is missing."""

import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand

from assistant.embedded.checks import ALL, Finding


class Command(BaseCommand):
    """Check every dependency. The exit status is 1 if a required one is missing."""

    help = "Check every dependency and print how to fix what is missing."
    # The command must work especially when the database does not.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)
        findings = []
        for check in ALL:
            findings.append(check())
            self.show(findings[-1])
        failed = [finding.name for finding in findings if finding.cure and finding.needed]
        if failed:
            self.stdout.write(self.style.ERROR(f"\nRequired but missing: {', '.join(failed)}."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("\nEverything required is available."))

    def show(self, finding: Finding) -> None:
        if not finding.cure:
            mark = self.style.SUCCESS("ok      ")
        else:
            mark = self.style.ERROR("MISSING ") if finding.needed else self.style.WARNING("OPTIONAL")
        self.stdout.write(f"  {mark}  {finding.name:18} {finding.result}")
        if finding.cure:
            self.stdout.write(f"{'':31}{finding.cure}")
