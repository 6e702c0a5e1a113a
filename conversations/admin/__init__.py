"""Conversations, customers and usage in the staff admin."""

from conversations.admin.contacts import ContactAdmin
from conversations.admin.conversations import ConversationAdmin

__all__ = ["ContactAdmin", "ConversationAdmin"]
