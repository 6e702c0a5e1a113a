"""Send alerts by e-mail to the admins of the workspace."""

from __future__ import annotations

import logging
import smtplib
import uuid
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone

from assistant.usage.models import Alert
from assistant.workspaces.models import Membership

log = logging.getLogger(__name__)
RETRY_FOR = timedelta(days=1)  # older alerts are not sent any more


@shared_task
def mail_alerts() -> None:
    """Send the alerts that were not sent yet. Started after every alert and periodically."""
    due = Alert.objects.filter(mailed_at=None, at__gt=timezone.now() - RETRY_FOR).order_by("at")
    for alert in due.select_related("workspace"):
        to = recipients(alert.workspace_id)
        if to and Alert.objects.filter(pk=alert.pk, mailed_at=None).update(mailed_at=timezone.now()):
            _send(alert, to)


def _send(alert: Alert, to: list[str]) -> None:
    """Send a claimed alert. If the mail server rejects it, release the claim for the next run."""
    subject = f"[{alert.workspace.name}] {alert.sentence}".replace("\n", " ")
    body = render_to_string("emails/alert.txt", {"alert": alert, "address": settings.PUBLIC_URL})
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, to)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("cannot send alert %s: %s", alert.pk, error)
        Alert.objects.filter(pk=alert.pk).update(mailed_at=None)


def recipients(workspace_id: uuid.UUID) -> list[str]:
    """Return the e-mail addresses of the workspace's admins; if none of them has one, those of the superusers."""
    people = User.objects.filter(is_active=True).exclude(email="")
    admins = people.filter(memberships__workspace=workspace_id, memberships__role=Membership.Role.ADMIN)
    chosen = admins if admins.exists() else people.filter(is_superuser=True)
    return sorted(set(chosen.values_list("email", flat=True)))
