"""Store which private server a superuser has allowed for a connection.

It is not known who saved existing connections. Those for all workspaces were saved by superusers; if there is only one
workspace, the others are treated as the operator's own as well.
"""

from urllib.parse import urlsplit

from django.db import migrations, models


def allow_those_of_operators(apps, schema_editor):
    connections = apps.get_model('llm', 'ModelConnection').objects.all()
    if apps.get_model('workspaces', 'Workspace').objects.count() > 1:
        connections = connections.filter(workspace=None)
    for connection in connections:
        place = place_of(connection.base_url)
        connections.filter(pk=connection.pk).update(private_server=place)


def place_of(base_url):
    try:
        parts = urlsplit(base_url)
        port = parts.port or (443 if parts.scheme == 'https' else 80)
    except ValueError:
        return ''
    return f'{(parts.hostname or "").lower()}:{port}'


class Migration(migrations.Migration):

    dependencies = [
        ('llm', '0001_model_connections'),
        ('workspaces', '0004_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='modelconnection',
            name='private_server',
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AlterField(
            model_name='modelconnection',
            name='base_url',
            field=models.CharField(help_text='Where the server answers, without /chat/completions. Redirects are not followed.', max_length=500, verbose_name='base URL'),
        ),
        migrations.RunPython(allow_those_of_operators, migrations.RunPython.noop, elidable=True),
    ]
