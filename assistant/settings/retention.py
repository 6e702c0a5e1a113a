"""How long data is kept. The periods of a workspace are set in the admin; these are for all of them together."""

from assistant.settings.environment import env

PURGE_BATCH_ROWS = env.int("PURGE_BATCH_ROWS", default=1_000)  # deleted in one transaction
PURGE_TIME_LIMIT_S = env.float("PURGE_TIME_LIMIT_S", default=120.0)  # of one run; the next one continues
PURGE_REPORTS_KEPT_DAYS = env.int("PURGE_REPORTS_KEPT_DAYS", default=365)
IP_KEPT_DAYS = env.int("IP_KEPT_DAYS", default=7)  # then only the network of an address is kept

# Purged after a period of the workspace: the field of RetentionPeriods, and a `Kind`.
# See `assistant.retention.kinds`. Files before conversations, conversations before their contacts.
PURGED_BY_WORKSPACE = {
    "attachments": ("attachments_days", "conversations.privacy.retention.ATTACHMENTS"),
    "traces": ("traces_days", "conversations.privacy.retention.TRACES"),
    "conversations": ("conversations_days", "conversations.privacy.retention.CONVERSATIONS"),
    "contacts": ("contacts_days", "conversations.privacy.retention.CONTACTS"),
    "open_questions": ("open_questions_days", "knowledge.gaps.retention.OPEN_QUESTIONS"),
    "webhook_deliveries": ("deliveries_days", "assistant.webhooks.retention.DELIVERIES"),
    "helpdesk_deliveries": ("deliveries_days", "conversations.helpdesk.retention.DELIVERIES"),
    "cached_answers": ("cache_days", "caching.retention.ANSWERS"),
}
# Purged in the whole installation.
PURGED = {
    "export_links": "conversations.privacy.retention.EXPORT_LINKS",
    "idempotent_requests": "assistant.rest.retention.REQUESTS",
    "audit_entries": "assistant.retention.audit_entries.ENTRIES",
    "audit_addresses": "assistant.retention.audit_entries.ADDRESSES",
    "login_addresses": "assistant.retention.logins.ADDRESSES",
    "login_records": "assistant.retention.logins.RECORDS",
    "sessions": "assistant.retention.logins.SESSIONS",
    "invitations": "assistant.accounts.retention.INVITATIONS",
}
