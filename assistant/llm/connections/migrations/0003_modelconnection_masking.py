from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("llm", "0002_own_network")]

    operations = [
        migrations.AddField(
            model_name="modelconnection",
            name="masking",
            field=models.CharField(
                choices=[("auto", "If the server is on another network"), ("on", "Always"), ("off", "Never")],
                default="auto",
                help_text="The model reads placeholders instead of e-mail addresses, names, addresses, numbers of people "
                "and passwords. Customers see the real values.",
                max_length=4,
                verbose_name="mask personal data",
            ),
        ),
    ]
