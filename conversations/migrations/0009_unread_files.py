"""An index of the files that are still to be read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_file_reading")]

    operations = [
        migrations.AddIndex(
            model_name="filereading",
            index=models.Index(
                fields=["created_at"],
                condition=models.Q(status__in=["queued", "reading"]),
                name="file_unread",
            ),
        ),
    ]
