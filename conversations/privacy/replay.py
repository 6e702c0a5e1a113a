"""Erase again who a restored backup brought back."""

from conversations.messaging import attachments
from conversations.privacy import contacts, ledger


def replay() -> int:
    """Erase everybody whom the ledger knows and who is there again, with their files; return how many.

    Subscribers are told of each erasure again.

    Raises:
        LedgerUnreadable, DependencyDown
    """
    count = 0
    for contact in ledger.back_again():
        contacts.erase(contact)
        count += 1
    attachments.purge_erased()
    return count
