"""A budget without a cap was taken for one: NULL > 0 is not false. Those that limit nothing are removed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_fewer_indexes")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM usage_budget WHERE coalesce(cap_usd, 0) <= 0 AND coalesce(cap_tokens, 0) <= 0",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint("budget", "usage_budget_caps_something"),
        migrations.AddConstraint(
            "budget",
            models.CheckConstraint(
                condition=models.Q(cap_usd__isnull=False, cap_usd__gt=0)
                | models.Q(cap_tokens__isnull=False, cap_tokens__gt=0),
                name="usage_budget_caps_something",
                violation_error_message="Set a limit in US dollars or in tokens, above zero.",
            ),
        ),
    ]
