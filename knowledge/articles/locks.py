"""The lock of an article, for whoever wrote something slowly and comes back to store it."""

from assistant.errors import NotFound
from knowledge.models import Article


def lock(article: Article) -> None:
    """Re-read an article in place, and hold its row until the transaction ends.

    What the slow work rests on (revision, audience, status) is then to be compared with what it is now. Take this
    lock before those of the index and of cached answers.

    Raises:
        NotFound: it was deleted.
    """
    try:
        article.refresh_from_db(from_queryset=Article.objects.select_for_update(no_key=True))
    except Article.DoesNotExist as error:
        raise NotFound from error
