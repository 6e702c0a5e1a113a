"""Repeat the erasure of contacts that a restored backup contains again."""

from conversations.messaging import attachments
from conversations.privacy import contacts, ledger


def replay() -> int:
    """Erase all contacts that are in the ledger but exist again, with their files; return how many.

    Subscribers are notified of each erasure again.

    Raises:
        LedgerUnreadable, DependencyDown
    """
    count = 0
    for contact in ledger.back_again():
        contacts.erase(contact)
        count += 1
    attachments.purge_erased()
    return count
