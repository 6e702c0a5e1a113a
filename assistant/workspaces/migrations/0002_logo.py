import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "widget",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="logo",
                        serialize=False,
                        to="workspaces.widget",
                    ),
                ),
                ("content", models.BinaryField()),
                ("digest", models.CharField(max_length=32)),
            ],
        ),
    ]
