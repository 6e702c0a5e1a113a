"""Conversations, customers and usage in the staff admin."""

from conversations.admin.contacts import ContactAdmin
from conversations.admin.conversations import ConversationAdmin
from conversations.admin.gate import GateModelAdmin, GateSettingsAdmin
from conversations.admin.held_messages import HeldMessageAdmin

__all__ = ["ContactAdmin", "ConversationAdmin", "GateModelAdmin", "GateSettingsAdmin", "HeldMessageAdmin"]
