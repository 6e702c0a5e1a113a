"""Start a draft of an article from an open question."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from knowledge.articles.publishing import save_draft
from knowledge.models import Article, Gap, Revision

TITLE_MAX_CHARS = 120


@transaction.atomic
def draft_from(gap: Gap, by: User) -> Article:
    """Begin a draft that lists how customers asked. A gap that has one already keeps it."""
    # Without a join: whoever waited for the lock would read the joined rows as they were before.
    locked = Gap.objects.select_for_update(no_key=True).get(pk=gap.pk)
    if locked.article is not None:
        return locked.article
    article = save_draft(
        locked.workspace,
        title=locked.question[:TITLE_MAX_CHARS],
        body=body_for(locked),
        locale=locked.locale,
        author=by,
        note=f"Begun from a question asked {locked.count} times",
    )
    locked.article, locked.status = article, Gap.Status.DRAFTED
    locked.save(update_fields=["article", "status"])
    return article


def body_for(gap: Gap) -> str:
    """What people answered, where somebody did, above the customers' own words."""
    asked = list(dict.fromkeys([gap.question, *(example["question"] for example in gap.examples)]))
    wordings = "\n".join(f"> {question}" for question in asked[:5])
    told = "\n\n---\n\n".join(answer["text"] for answer in gap.answers[:3])
    if told:
        lead = "Above is what a person answered. Make it hold for everybody, then delete this and the questions below."
        return f"{told}\n\n---\n\n{lead}\n\n{wordings}\n"
    return f"Write the answer here, then delete the customers' questions below.\n\n{wordings}\n"


def take_out(article: Article, questions: Collection[str], answers: Collection[str], title: str) -> None:
    """Take words out of a draft begun from a gap. What was published once is the shop's own text, and stays."""
    if article.published_at is not None:
        return
    titles = {question[:TITLE_MAX_CHARS] for question in questions}
    title = title[:TITLE_MAX_CHARS] or "Open question"
    quoted = {f"> {question}" for question in questions}
    for revision in article.revisions.all():
        body = revision.body
        for answer in answers:
            body = body.replace(answer, "")
        lines = [line for line in body.split("\n") if line.rstrip() not in quoted]
        named = title if revision.title in titles else revision.title
        Revision.objects.filter(pk=revision.pk).update(title=named, body="\n".join(lines))
    Article.objects.filter(pk=article.pk, title__in=titles).update(title=title)


def dismiss(gap: Gap) -> bool:
    """Not a question for the articles; the next one like it opens a new gap. False where a draft was begun already."""
    return Gap.objects.filter(pk=gap.pk, status=Gap.Status.OPEN).update(status=Gap.Status.DISMISSED) == 1
