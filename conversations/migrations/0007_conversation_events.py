"""An outbox of durable events, in the place of notes about events that were missed."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_no_held_messages")]

    operations = [
        migrations.DeleteModel(name="MissedEvents"),
        migrations.CreateModel(
            name="ConversationEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=24)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="conversations.conversation",
                    ),
                ),
            ],
        ),
    ]
