"""Search everything that is shown to one visitor for values of another."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import Any

from asgiref.sync import sync_to_async
from django.test import Client

from caching import answers
from caching.models import CachedAnswer, Wording
from tests.leaks.shops import Shop
from tests.leaks.visitors import Owners, Visitor


class Listener(logging.Handler):
    """Notes each leak as (where, the values). Nobody may read a value in a log or in the cache."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.owners = Owners()
        self.leaks: list[tuple[str, list[str]]] = []
        self.sources: Counter[str] = Counter()
        self.repeated = 0  # replies that showed a visitor values of their own
        self.texts = 0
        self.log_records = 0
        self.cached = 0

    def hear(self, where: str, shown: Any, reader: Visitor | None = None) -> None:
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, default=str)
        self.texts += 1
        if foreign := self.owners.foreign(text, reader):
            self.leaks.append((where, sorted(foreign)))

    def hear_receipt(self, receipt: dict[str, Any], reader: Visitor) -> None:
        self.hear("receipt", receipt, reader)
        self.sources[receipt["source"]] += 1

    def emit(self, record: logging.LogRecord) -> None:
        self.log_records += 1
        self.hear(f"log of {record.name}", self.format(record))

    async def empty_the_cache(self, shops: dict[str, Shop]) -> None:
        """Look through all that is kept, as the API and the tables have it, and forget it."""
        await sync_to_async(self._empty_the_cache)(shops)

    def _empty_the_cache(self, shops: dict[str, Shop]) -> None:
        for shop in shops.values():
            page = "/api/v1/cache/?page_size=100"
            while page:
                listed = Client(headers={"authorization": f"Bearer {shop.secret}"}).get(page).json()
                self.cached += len(listed["results"])
                self.hear("GET /api/v1/cache/", listed["results"])
                page = listed["next"]
            self.hear("cached questions", list(Wording.objects.values_list("text", flat=True)))
            self.hear("cached answers", list(CachedAnswer.objects.values()))
            answers.flush(shop.workspace.pk)
