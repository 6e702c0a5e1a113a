"""The row lock of an article, for code that stores the result of slow work."""

from assistant.errors import NotFound
from knowledge.models import Article


def lock(article: Article) -> None:
    """Re-read an article and lock its row until the transaction ends.

    The caller then compares what its work was based on (revision, audience, status) with the current state. Take this
    lock before those of the index and of cached answers.

    Raises:
        NotFound: the article was deleted.
    """
    try:
        article.refresh_from_db(from_queryset=Article.objects.select_for_update(no_key=True))
    except Article.DoesNotExist as error:
        raise NotFound from error
