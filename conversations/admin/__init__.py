"""Conversations with their receipts, customers, and what it all cost."""

from conversations.admin.contacts import ContactAdmin
from conversations.admin.conversations import ConversationAdmin

__all__ = ["ContactAdmin", "ConversationAdmin"]
