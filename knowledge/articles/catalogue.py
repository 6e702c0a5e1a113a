"""The names of what a shop sells, as its published articles have them."""

from uuid import UUID

from knowledge.models import Article

NAMES_MAX = 500


def names(workspace_id: UUID) -> tuple[str, ...]:
    """Product names as the articles write them."""
    live = Article.objects.filter(workspace=workspace_id, status=Article.Status.PUBLISHED).exclude(product="")
    return tuple(live.order_by("product").values_list("product", flat=True).distinct()[:NAMES_MAX])


def products(workspace_id: UUID) -> frozenset[str]:
    """Product names, casefolded, and the single words of the longer ones."""
    folded = {name.casefold() for name in names(workspace_id)}
    return frozenset(folded | {word for name in folded for word in name.split() if len(word) > 2})
