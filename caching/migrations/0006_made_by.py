
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('caching', '0005_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='cachedanswer',
            name='made_by',
            field=models.CharField(blank=True, db_default='', max_length=20, verbose_name='model tier'),
        ),
    ]
