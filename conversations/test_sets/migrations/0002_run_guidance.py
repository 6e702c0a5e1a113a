import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("test_sets", "0001_initial"),
        ("guidance", "0001_guidance"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="guidance",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="guidance.guidance",
            ),
        ),
    ]
