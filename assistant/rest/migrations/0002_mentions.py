"""Stored answers can be found by the rows they are about, and no longer hold the client's own key."""

import hashlib
import re
import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

UUID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def fill_in(apps, schema_editor):
    for row in apps.get_model("rest", "IdempotentRequest").objects.iterator(chunk_size=500):
        row.key = hashlib.sha256(row.key.encode()).hexdigest()
        row.mentions = list({uuid.UUID(found.decode()) for found in UUID.findall(bytes(row.body))})
        row.save(update_fields=["key", "mentions"])


class Migration(migrations.Migration):
    dependencies = [("rest", "0001_idempotent_requests")]

    operations = [
        migrations.AddField(
            "idempotentrequest",
            "mentions",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        migrations.AlterField("idempotentrequest", "key", models.CharField(max_length=64)),
        migrations.AddIndex(
            "idempotentrequest",
            django.contrib.postgres.indexes.GinIndex(fields=["mentions"], name="idempotent_request_mentions"),
        ),
    ]
