"""Have a worker index every article anew: numbers, identifiers, Chinese and Japanese have other terms now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0007_article_withdrawn_at")]

    operations = [
        migrations.RunSQL("UPDATE knowledge_chunk SET embedder = ''", migrations.RunSQL.noop),
    ]
