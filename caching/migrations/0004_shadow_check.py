"""A check that waits is a row, which an erasure finds, and not a text in a queue, which it does not."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("caching", "0003_complaints_and_no_bag_of_words")]

    operations = [
        migrations.CreateModel(
            name="ShadowCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked", models.TextField()),
                ("passages", models.JSONField()),
                ("visitor", models.CharField(blank=True, db_index=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shadow_checks",
                        to="caching.cachedanswer",
                    ),
                ),
            ],
        ),
    ]
