"""The functions behind `manage.py evaluate`."""

# For `manage.py evaluate WHAT`: a function (row, workspace) -> row, and one for the totals.
EVALUATIONS = {
    "search": "knowledge.search.evaluation.search",
    "conversation": "conversations.evaluation.conversations.conversation",
    "cache": "caching.evaluation.cache",
    "cacheability": "caching.evaluation.cacheability",
    "summary": "conversations.evaluation.components.summary",
    "gate": "conversations.evaluation.components.gate",
    "routing": "conversations.evaluation.routing.routing",
}
