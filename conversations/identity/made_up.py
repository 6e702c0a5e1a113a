"""Test contacts without a real customer, created by an evaluation and erased after it.

Their external ids are signed, so that no shop or page can give one to a customer.
"""

import uuid
from typing import Any

from django.core.signing import BadSignature, Signer

from assistant.guidance.content import Content
from conversations.models import Contact

PREFIX = "evaluation:"
GUIDANCE = "guidance"  # the attribute with the texts that this contact is answered under
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


def to_try(guidance: Content) -> dict[str, Any]:
    """Return the attributes of a made-up contact who is answered with this guidance."""
    return {GUIDANCE: guidance.as_json() | {"number": guidance.number}}


def guidance_for(contact: Contact) -> Content | None:
    """Return the guidance to try on this contact instead of the published one; None for real customers."""
    texts = contact.attributes.get(GUIDANCE)
    return Content.from_json(texts) if texts is not None and is_made_up(contact) else None
