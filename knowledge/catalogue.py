"""The names of what a shop sells, as its published articles have them."""

from uuid import UUID, uuid4

from assistant.compiled_queries import CompiledQuery
from knowledge.models import Article

NAMES_MAX = 500
_NAMES = CompiledQuery(
    lambda workspace: (
        Article.objects.filter(workspace=workspace, status=Article.Status.PUBLISHED)
        .exclude(product="")
        .order_by("product")
        .values_list("product")
        .distinct()[:NAMES_MAX]
    ),
    workspace=uuid4(),
)


def names(workspace_id: UUID) -> tuple[str, ...]:
    """Product names as the articles write them."""
    return tuple(name for (name,) in _NAMES.all(workspace=workspace_id))


def products(workspace_id: UUID) -> frozenset[str]:
    """Product names, casefolded, and the single words of the longer ones."""
    folded = {name.casefold() for name in names(workspace_id)}
    return frozenset(folded | {word for name in folded for word in name.split() if len(word) > 2})
