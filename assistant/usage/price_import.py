"""Import price rules from a JSON file, all of them or none."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from assistant.usage.models import PriceRule
from assistant.usage.pricing import price_list

FILE_MAX_BYTES = 1_000_000
FIELDS = frozenset({"model", "valid_from", "input_usd", "cached_input_usd", "cache_write_usd", "output_usd", "source"})
PRICES = ("input_usd", "cached_input_usd", "cache_write_usd", "output_usd")
SHAPE = 'The file must hold an object: {"source": "...", "rules": [{"model": "...", "input_usd": "...", ...}]}.'


class InvalidPrices(Exception):
    """The file has mistakes; the message has one line for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import or a dry run: one line of text per rule."""

    added: list[str]
    changed: list[str]
    unchanged: list[str]


def read(path: Path, valid_from: date) -> list[PriceRule]:
    """Return the validated rules of a file, unsaved. Rules without a date are valid from `valid_from`.

    Raises:
        InvalidPrices: the file or one of its rules is invalid.
    """
    content = _parsed(path)
    source = str(content.get("source") or path.name)[:200]
    rules, mistakes = [], []
    for number, entry in enumerate(content["rules"], start=1):
        try:
            rules.append(_rule(entry, valid_from, source))
        except ValidationError as error:
            mistakes += [f"Rule {number}: {sentence}" for sentence in _sentences(error)]
    counts = Counter((rule.model, rule.valid_from) for rule in rules)
    mistakes += [f"{model} from {day} is there twice." for (model, day), count in counts.items() if count > 1]
    if mistakes:
        raise InvalidPrices(mistakes)
    return rules


def _parsed(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > FILE_MAX_BYTES:
            raise InvalidPrices([f"The file is larger than {FILE_MAX_BYTES:,} bytes."])
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
    except OSError as error:
        raise InvalidPrices([f"The file cannot be read: {error.strerror}."]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidPrices([f"The file is not JSON: {error}."]) from error
    if not isinstance(content, dict) or not isinstance(content.get("rules"), list) or not content["rules"]:
        raise InvalidPrices([SHAPE])
    return content


def _rule(entry: Any, valid_from: date, source: str) -> PriceRule:
    if not isinstance(entry, dict):
        raise ValidationError("it is not an object.")
    if unknown := sorted(entry.keys() - FIELDS):
        raise ValidationError(f"there is no field {', '.join(unknown)}.")
    if not isinstance(entry.get("model"), str):
        raise ValidationError({"model": "the name of a model is missing."})
    if empty := [name for name in PRICES if entry.get(name) == ""]:  # an optional field would accept it
        raise ValidationError(dict.fromkeys(empty, "A price is a number."))
    rule = PriceRule(**{"valid_from": valid_from, "source": source, **entry})
    rule.clean_fields()
    if negative := [name for name in PRICES if (getattr(rule, name) or 0) < 0]:
        raise ValidationError(dict.fromkeys(negative, "A price cannot be negative."))
    return rule


def _sentences(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [f"{name}: {sentence}" for name, sentences in error.message_dict.items() for sentence in sentences]


@transaction.atomic
def store(rules: list[PriceRule], *, dry_run: bool = False) -> Imported:
    """Save the rules. A rule for the same model and day is replaced. With `dry_run`, only return the changes."""
    report = Imported([], [], [])
    for rule in rules:
        existing = PriceRule.objects.filter(model=rule.model, valid_from=rule.valid_from).first()
        if existing is None:
            report.added.append(_line(rule))
        elif _prices(existing) == _prices(rule):
            report.unchanged.append(_line(rule))
            continue
        else:
            report.changed.append(f"{_line(rule)}, before: {_formatted(existing)}")
            rule.pk = existing.pk
        if not dry_run:
            rule.save()
    transaction.on_commit(price_list.forget)
    return report


def _prices(rule: PriceRule) -> tuple[Any, ...]:
    return tuple(getattr(rule, name) for name in PRICES)


def _line(rule: PriceRule) -> str:
    return f"{rule.model} from {rule.valid_from}: {_formatted(rule)}"


def _formatted(rule: PriceRule) -> str:
    cache_write = rule.input_usd if rule.cache_write_usd is None else rule.cache_write_usd
    prices = (rule.input_usd, rule.cached_input_usd, cache_write, rule.output_usd)
    return "input {}, cached {}, written to cache {}, output {}".format(*(f"{price.normalize():f}" for price in prices))
