"""Background task for the ledger of erasures."""

from celery import shared_task

from conversations.privacy import ledger


@shared_task(ignore_result=True, expires=3600)
def write_ledger() -> None:
    """Write the erasures to the file that could not be written before."""
    ledger.write_file()
