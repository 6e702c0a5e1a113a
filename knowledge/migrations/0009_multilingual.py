import pgvector.django.halfvec
from django.db import migrations


class Migration(migrations.Migration):
    """A worker fills them in: see knowledge.indexing.reembedding."""

    dependencies = [("knowledge", "0008_terms_version")]

    operations = [
        migrations.AddField("chunk", "multilingual", pgvector.django.halfvec.HalfVectorField(dimensions=512, null=True)),
        migrations.AddField("sentence", "multilingual", pgvector.django.halfvec.HalfVectorField(dimensions=512, null=True)),
    ]
