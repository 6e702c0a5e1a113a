"""Product names from a shop's published articles."""

from uuid import UUID

from knowledge.models import Article

NAMES_MAX = 500


def names(workspace_id: UUID) -> tuple[str, ...]:
    """Return the product names as written in the articles."""
    live = Article.objects.filter(workspace=workspace_id, status=Article.Status.PUBLISHED).exclude(product="")
    return tuple(live.order_by("product").values_list("product", flat=True).distinct()[:NAMES_MAX])


def products(workspace_id: UUID) -> frozenset[str]:
    """Return the casefolded product names, and the single words of multi-word names."""
    folded = {name.casefold() for name in names(workspace_id)}
    return frozenset(folded | {word for name in folded for word in name.split() if len(word) > 2})
