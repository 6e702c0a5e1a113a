"""Count unanswered questions, so that staff see which article to write next."""

from collections.abc import Sequence

import numpy as np
from channels.db import database_sync_to_async
from django.db import transaction

from conversations.identity.made_up import is_made_up
from conversations.messaging.question import Question
from conversations.replies.receipts import ReplyState
from conversations.replies.retrieval import Part, Retrieved
from conversations.understanding.acts import Act
from knowledge.gaps import gaps

# Messages that no article could have answered.
NOT_FOR_ARTICLES = {Act.PERSONAL, Act.ACT, Act.COMPLAINT, Act.WANTS_PERSON}


async def note(question: Question, draft: ReplyState, retrieved: Retrieved | None) -> None:
    """Count the message, or each of its questions if it has several."""
    if retrieved and len(retrieved.parts) > 1:
        await note_parts(question, draft, retrieved.parts)
    elif draft.act not in NOT_FOR_ARTICLES:
        # With files, the vector includes their private text.
        vector = retrieved.vector if retrieved and not question.files else None
        await _arecord(question, [(question.text, vector)])


async def note_parts(question: Question, draft: ReplyState, parts: Sequence[Part]) -> None:
    """Count these parts of a message."""
    if parts and draft.act not in NOT_FOR_ARTICLES:
        await _arecord(question, [(part.text, part.vector) for part in parts])


@transaction.atomic
def _record(question: Question, asked: Sequence[tuple[str, np.ndarray | None]]) -> None:
    if is_made_up(question.contact) or not question.conversation.hold():  # or it was erased during the search
        return
    for text, vector in asked:
        gaps.record(question.workspace, text, vector, question.conversation.id)


_arecord = database_sync_to_async(_record, thread_sensitive=False)
