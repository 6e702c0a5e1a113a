"""The text of a message's files, prepared for the comparison with the topics of the guidance."""

from __future__ import annotations

from itertools import islice

import numpy as np
from channels.db import database_sync_to_async

from assistant.llm import embeddings
from assistant.usage.models import ModelCall
from conversations.messaging.question import Question
from language.sentences import split

FILE_CHARS = 8_000  # from the beginning of each file: slightly more than a model gets
SENTENCES_MAX = 64  # of all files together, compared by meaning
SENTENCE_CHARS = 400
SENTENCE_MIN_WORDS = 3


def texts_of(question: Question) -> list[str]:
    """Return the text of each file that has any, cut to FILE_CHARS."""
    return [file.says[:FILE_CHARS] for file in question.files if file.says.strip()]


def sentences_of(question: Question) -> list[str]:
    """Return the sentences of the files. In the vector of a whole file, one sentence about a topic would be lost."""
    sentences = (sentence for text in texts_of(question) for sentence in split(text))
    told = (each[:SENTENCE_CHARS] for each in sentences if len(each.split()) >= SENTENCE_MIN_WORDS)
    return list(islice(dict.fromkeys(told), SENTENCES_MAX))


def _vectors_of(question: Question) -> list[np.ndarray]:
    sentences = sentences_of(question)
    if not sentences:
        return []
    return list(embeddings.embed(sentences, workspace_id=question.workspace.id, purpose=ModelCall.Purpose.QUESTION))


avectors_of = database_sync_to_async(_vectors_of, thread_sensitive=False)
