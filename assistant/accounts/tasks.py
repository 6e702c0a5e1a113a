"""Background task that sends mail about accounts."""

from __future__ import annotations

import smtplib

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail


@shared_task(autoretry_for=(smtplib.SMTPException, OSError), retry_backoff=2, max_retries=5, acks_late=True)
def send_account_mail(subject: str, body: str, to: str) -> None:
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
