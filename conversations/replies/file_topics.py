"""The words on a message's files, as guidance compares them with its topics."""

from __future__ import annotations

from itertools import islice

import numpy as np
from channels.db import database_sync_to_async

from assistant.llm import embeddings
from assistant.usage.models import ModelCall
from conversations.messaging.question import Question
from language.sentences import split

FILE_CHARS = 8_000  # of each file, from its beginning: somewhat more than a model is given of it
SENTENCES_MAX = 64  # of all files together, that are compared by meaning
SENTENCE_CHARS = 400
SENTENCE_MIN_WORDS = 3


def texts_of(question: Question) -> list[str]:
    """The text of each file that has any, cut to FILE_CHARS."""
    return [file.says[:FILE_CHARS] for file in question.files if file.says.strip()]


def sentences_of(question: Question) -> list[str]:
    """The same in sentences: one that is about a topic would be lost in the vector of a whole file."""
    sentences = (sentence for text in texts_of(question) for sentence in split(text))
    told = (each[:SENTENCE_CHARS] for each in sentences if len(each.split()) >= SENTENCE_MIN_WORDS)
    return list(islice(dict.fromkeys(told), SENTENCES_MAX))


def _vectors_of(question: Question) -> list[np.ndarray]:
    sentences = sentences_of(question)
    if not sentences:
        return []
    return list(embeddings.embed(sentences, workspace_id=question.workspace.id, purpose=ModelCall.Purpose.QUESTION))


avectors_of = database_sync_to_async(_vectors_of, thread_sensitive=False)
