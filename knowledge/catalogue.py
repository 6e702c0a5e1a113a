"""The names of what a shop sells, as its published articles have them."""

from uuid import UUID

from knowledge.models import Article

NAMES_MAX = 500


def products(workspace_id: UUID) -> frozenset[str]:
    """Product names, casefolded, and the single words of the longer ones."""
    known = Article.objects.filter(workspace=workspace_id, status=Article.Status.PUBLISHED).exclude(product="")
    names = {name.casefold() for name in known.values_list("product", flat=True).distinct()[:NAMES_MAX]}
    return frozenset(names | {word for name in names for word in name.split() if len(word) > 2})
