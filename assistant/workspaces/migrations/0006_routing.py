
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("workspaces", "0005_currency"),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='routing_confidence_min',
            field=models.FloatField(blank=True, help_text="0 to 1. The small model is asked only if search is at least this sure of the articles. Higher values ask the large model more often; leave empty for the policy's own. Run `manage.py evaluate routing` to see the effect of each value on your own questions.", null=True, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)], verbose_name='confidence for the small model'),
        ),
        migrations.AddField(
            model_name='workspace',
            name='routing_policy',
            field=models.CharField(blank=True, choices=[(None, "The server's default"), ('always_large', 'Always the large model'), ('balanced', 'Balanced: the small model for clear, simple questions'), ('thrifty', 'Thrifty: the small model whenever articles were found')], help_text="Which model answers customers if you have a large and a small one. The small model's answer is checked before the customer sees it; if it fails, the large model answers instead. Leave empty for the server's default.", max_length=20, verbose_name='model for replies'),
        ),
    ]
