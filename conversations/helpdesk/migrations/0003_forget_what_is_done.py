"""A delivery that was acted on keeps no copy of what it said: the conversation has it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0002_delivery_plural")]

    operations = [
        migrations.RunSQL(
            "UPDATE helpdesk_delivery SET payload = '{}' WHERE status = 'done'", migrations.RunSQL.noop, elidable=True
        ),
    ]
