from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0006_fewer_indexes")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
