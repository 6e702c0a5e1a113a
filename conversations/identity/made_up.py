"""Contacts behind whom no customer stands: an evaluation asks as one, and erases it afterwards.

Their external ids are signed, so that no shop or page can give one to a customer.
"""

import uuid

from django.core.signing import BadSignature, Signer

from conversations.models import Contact

PREFIX = "evaluation:"
_signer = Signer(salt="conversations.identity.made_up")


def new_external_id() -> str:
    return _signer.sign(f"{PREFIX}{uuid.uuid4()}")


def is_made_up(contact: Contact) -> bool:
    if not contact.external_id.startswith(PREFIX):
        return False
    try:
        _signer.unsign(contact.external_id)
    except BadSignature:
        return False
    return True
