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
    """Start a draft that lists the customers' wordings, or return the gap's existing draft."""
    # No join: after waiting for the lock, joined rows would have their old values.
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
    """Return the draft's text: answers given by staff, if any, above the customers' wordings."""
    questions = list(dict.fromkeys([gap.question, *(example["question"] for example in gap.examples)]))
    wordings = "\n".join(f"> {question}" for question in questions[:5])
    answers = "\n\n---\n\n".join(answer["text"] for answer in gap.answers[:3])
    if answers:
        lead = "A colleague gave the answer above. Make it fit everyone, then delete this line and the questions."
        return f"{answers}\n\n---\n\n{lead}\n\n{wordings}\n"
    return f"Write the answer here, then delete the customers' questions below.\n\n{wordings}\n"


def take_out(article: Article, questions: Collection[str], answers: Collection[str], title: str) -> None:
    """Remove a person's words from a draft started from a gap. Text that was published once is kept."""
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
        new_title = title if revision.title in titles else revision.title
        Revision.objects.filter(pk=revision.pk).update(title=new_title, body="\n".join(lines))
    Article.objects.filter(pk=article.pk, title__in=titles).update(title=title)


def dismiss(gap: Gap) -> bool:
    """Mark a gap as not for the articles; a new similar question opens a new gap. Returns False if it has a draft."""
    return Gap.objects.filter(pk=gap.pk, status=Gap.Status.OPEN).update(status=Gap.Status.DISMISSED) == 1
