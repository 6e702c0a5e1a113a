"""The price list of the day this was written. Later prices are added as rules with a later day, never changed."""

import json
from pathlib import Path

from django.db import migrations

LIST = Path(__file__).resolve().parent.parent / "prices.json"


def add_prices(apps, schema_editor):
    rule = apps.get_model("usage", "PriceRule")
    told = json.loads(LIST.read_text(encoding="utf-8"))
    for each in told["rules"]:
        fresh, cached, output = each["usd"]
        rule.objects.update_or_create(
            model=each["model"],
            valid_from=each["valid_from"],
            defaults={
                "input_usd": fresh,
                "cached_input_usd": cached,
                "output_usd": output,
                "source": f"prices.json, gathered {told['gathered']}",
            },
        )


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]
    operations = [migrations.RunPython(add_prices, migrations.RunPython.noop)]
