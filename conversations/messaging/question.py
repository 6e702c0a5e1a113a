"""A customer's message as the question that a reply answers, with the messages before it."""

import uuid
from dataclasses import dataclass, field, replace

from django.conf import settings

from assistant.guidance.content import Content, live_in
from assistant.workspaces.models import Workspace
from conversations.canned_responses import spoken
from conversations.identity import made_up
from conversations.messaging import coalescing
from conversations.messaging.file_reading import LANGUAGE_CHARS
from conversations.messaging.file_words import FileWords, words_on_files
from conversations.models import Contact, Conversation, Message
from knowledge.articles import catalogue
from language.detection import language_of


@dataclass(frozen=True, slots=True)
class Question:
    """The customer's message to answer, with the messages before it, oldest first.

    `for_everyone`: the answer may be reused for others, so it is generated without the conversation. `trial`: guidance
    to try in place of the live one; such an answer neither comes from the cache nor is stored in it.
    """

    text: str
    message: Message
    conversation: Conversation
    workspace: Workspace
    contact: Contact
    history: tuple[Message, ...] = field(default=())
    audience: str = "public"
    for_everyone: bool = False
    trial: Content | None = None
    is_whole: bool = False  # never split into several questions
    file_ids: tuple[uuid.UUID, ...] = ()  # files sent with it
    files: tuple[FileWords, ...] = ()  # their text, once they were read

    def without_conversation(self) -> "Question":
        """Return the same question as asked by anyone: no history, summary, facts or older messages."""
        return replace(self, history=(), for_everyone=True)

    def asking(self, words: str) -> "Question":
        """Return the question with its files' words as the search text.

        They are treated as one stand-alone question, because words such as ERROR E5 are not a follow-up.
        """
        return replace(self, text=words, is_whole=True, history=())

    @property
    def guidance(self) -> Content:
        return self.trial or live_in(self.workspace)

    @property
    def turns(self) -> tuple[tuple[str, str], ...]:
        return tuple((said.role, said.text) for said in self.history if said.text)

    @property
    def spoken(self) -> tuple[tuple[str, str], ...]:
        """Return the turns for search; a message without text is represented by the text of its files."""
        return tuple(
            (said.role, said.text or words_on_files(said)[: settings.FILE_SEARCH_MAX_CHARS]) for said in self.history
        )

    @property
    def said_before(self) -> str:
        """Return everything an answer may repeat: the question, earlier messages, and the text of their files."""
        on_files = [*(file.says for file in self.files), *(words_on_files(said) for said in self.history)]
        return "\n".join([self.text, *(text for _, text in self.turns), *on_files])

    @property
    def language(self) -> str:
        """Return the reply language: the message's, that of earlier messages, or the conversation's."""
        on_files = " ".join(file.says[:LANGUAGE_CHARS] for file in self.files)
        earlier = " ".join(said.text for said in self.history if said.role == Message.Role.CUSTOMER)
        detected = spoken(language_of(self.text)) or spoken(language_of(earlier))
        if not (detected or self.text.strip() or earlier.strip()):
            detected = spoken(self.conversation.locale) or spoken(language_of(on_files))
        return detected or spoken(self.conversation.locale) or "en"

    def terms(self) -> frozenset[str]:
        """Return the names of the shop's catalogue, casefolded; read from the database each time."""
        return catalogue.products(self.workspace.id)


def question_of(reply: Message) -> Question:
    """Return the question of a reply, with all messages before it since the context was last reset."""
    message = reply.in_reply_to
    conversation = message.conversation
    said = _said_since(conversation.context_from_seq, message)
    parts = coalescing.begun_with(said, message)
    return Question(
        text=" ".join(part.text.strip() for part in [*parts, message]),
        message=message,
        conversation=conversation,
        workspace=conversation.workspace,
        contact=conversation.contact,
        history=tuple(each for each in said[: len(said) - len(parts)] if each.text or each.files_read),
        file_ids=tuple(uuid.UUID(sent["id"]) for part in [*parts, message] for sent in part.attachments),
        audience="customers" if conversation.contact.verified else "public",
        trial=made_up.guidance_for(conversation.contact),
    )


def _said_since(seq: int, message: Message) -> list[Message]:
    """Return the newest 50 messages after a sequence number and before a message, oldest first.

    A message with only a file is included even before the file is read.
    """
    if message.seq <= seq + 1:
        return []
    return Message.objects.for_assistant().before(message).after(seq).exclude(text="", attachments=[]).newest(50)
