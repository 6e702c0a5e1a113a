"""The audit log: what it names, and how long it is kept."""

from assistant.settings.environment import env

AUDIT_KEPT_DAYS = env.int("AUDIT_KEPT_DAYS", default=365)  # at least 30
AUDIT_EXPORT_MAX_ROWS = env.int("AUDIT_EXPORT_MAX_ROWS", default=50_000)
# Secrets of the pseudonyms by which erased people are named, newest first; without one, SECRET_KEY.
PSEUDONYM_SECRET = env.list("PSEUDONYM_SECRET", default=[])

# Rows about customers: the log has a keyed pseudonym instead of their id, and never their name.
AUDIT_PSEUDONYMOUS = {
    *("conversations.contact", "conversations.conversation", "conversations.attachment"),
    *("helpdesk.thread", "helpdesk.delivery", "gate.heldmessage"),
}
# Rows that staff made and name themselves: the log has their name. Others may be named after a customer's words.
AUDIT_NAMED = {
    *("workspaces.workspace", "workspaces.widget", "workspaces.apikey", "workspaces.membership", "auth.user"),
    *("llm.modelconnection", "knowledge.article", "guidance.guidance", "usage.budget", "usage.pricerule"),
    *("test_sets.testset", "retention.retentionperiods", "helpdesk.connection"),
}
# What API keys do that is recorded: changes at these paths after /api/v1/, and exports.
AUDITED_CHANGES = ("contacts/", "articles/", "cache/", "webhooks/", "gaps/", "guidance/", "held-messages/")
AUDITED_READS = (("contacts/", "/export/"),)  # how the path begins and ends
