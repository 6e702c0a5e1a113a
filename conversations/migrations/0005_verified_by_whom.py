"""Nobody stays verified because a helpdesk or an API key once named them; and sessions can be ended."""

from django.db import migrations, models

# Whoever came by a widget was signed for by the shop. Others were called verified by their name alone.
DEMOTE = """
UPDATE conversations_contact AS contact SET verified = false
WHERE verified
    AND EXISTS (SELECT FROM conversations_conversation WHERE contact_id = contact.id)
    AND NOT EXISTS (SELECT FROM conversations_conversation WHERE contact_id = contact.id AND channel = 'widget')
"""
# Receipts quoted the question that an answer had been given to before: somebody else's words.
UNQUOTE = """
UPDATE conversations_message
SET receipt = jsonb_set(receipt, '{why_tier}', to_jsonb(split_part(receipt ->> 'why_tier', ', to: ', 1)))
WHERE receipt ->> 'why_tier' LIKE 'answered before, % ago, to: %'
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_fewer_indexes")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="sessions_ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("sessions_ended_at__isnull", False)),
                fields=["sessions_ended_at"],
                name="contact_sessions_ended",
            ),
        ),
        migrations.RunSQL(DEMOTE, migrations.RunSQL.noop),
        migrations.RunSQL(UNQUOTE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified", False), models.Q(("external_id", ""), _negated=True)),
                fields=("workspace", "external_id"),
                name="one_unverified_contact",
            ),
        ),
    ]
