"""What `manage.py evaluate` calls."""

# What `manage.py evaluate WHAT` calls: a function (row, workspace) -> row, beside it one for the totals.
EVALUATIONS = {
    "search": "knowledge.search.evaluation.search",
    "conversation": "conversations.evaluation.conversations.conversation",
    "cache": "caching.evaluation.cache",
    "cacheability": "caching.evaluation.cacheability",
    "summary": "conversations.evaluation.components.summary",
    "gate": "conversations.evaluation.components.gate",
    "routing": "conversations.evaluation.routing.routing",
}
