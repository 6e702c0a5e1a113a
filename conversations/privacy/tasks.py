"""Background tasks of privacy."""

from celery import shared_task

from conversations.privacy import ledger


@shared_task(ignore_result=True, expires=3600)
def write_ledger() -> None:
    """Make up for erasures that could not be written to the file."""
    ledger.write_file()
