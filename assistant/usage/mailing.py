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
NEWS_FOR = timedelta(days=1)  # what could not be sent for so long is no news any more


@shared_task
def mail_alerts() -> None:
    """Send what was not sent yet. Started after every alert and by the beat."""
    due = Alert.objects.filter(mailed_at=None, at__gt=timezone.now() - NEWS_FOR).order_by("at")
    for alert in due.select_related("workspace"):
        to = recipients(alert.workspace_id)
        if to and Alert.objects.filter(pk=alert.pk, mailed_at=None).update(mailed_at=timezone.now()):
            _send(alert, to)


def _send(alert: Alert, to: list[str]) -> None:
    """Send a claimed alert; a server that does not take it gives the claim back, for the next look."""
    subject = f"[{alert.workspace.name}] {alert.sentence}".replace("\n", " ")
    body = render_to_string("emails/alert.txt", {"alert": alert, "address": settings.PUBLIC_URL})
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, to)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("alert %s could not be sent: %s", alert.pk, error)
        Alert.objects.filter(pk=alert.pk).update(mailed_at=None)


def recipients(workspace_id: uuid.UUID) -> list[str]:
    """The e-mail addresses of the workspace's admins; the superusers' where none of them has one."""
    people = User.objects.filter(is_active=True).exclude(email="")
    admins = people.filter(memberships__workspace=workspace_id, memberships__role=Membership.Role.ADMIN)
    chosen = admins if admins.exists() else people.filter(is_superuser=True)
    return sorted(set(chosen.values_list("email", flat=True)))
