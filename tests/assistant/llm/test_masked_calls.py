"""P6: thirty values are planted in a conversation, and nothing that a model server elsewhere gets holds any of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from assistant.llm import registry, router, tiers
from assistant.llm.engines.base import Message as Turn
from assistant.llm.engines.base import Prompt
from conversations.models import Conversation, ConversationSummary, Message
from conversations.tasks import summarise_up_to
from tests.assistant.conftest import MODELS, Server
from tests.conftest import Chat

CANARIES = {
    "my mail is ana.canary@mail.example and": ["ana.canary@mail.example"],
    "call me on +45 20 12 34 56 or 0151 23456789.": ["20 12 34 56", "23456789"],
    "My card 4111 1111 1111 1111 was charged,": ["1111 1111"],
    "so was 5500005555555559.": ["5500005555555559"],
    "IBAN DE89 3704 0044 0532 0130 00, also GB29NWBK60161331926819.": ["0532 0130", "GB29NWBK60161331926819"],
    "My SSN is 460-89-9847, my passport number is X1234567.": ["460-89-9847", "X1234567"],
    "Codice fiscale RSSMRA85T10A562S, CPF 111.444.777-35.": ["RSSMRA85T10A562S", "111.444.777-35"],
    "I live at 846 Quillfeather Road, Austin, TX 78701.": ["Quillfeather", "78701"],
    "My old place was Puruntie 82, 53650 Lappeenranta.": ["Puruntie 82"],
    "my name is Zoltan Quixwood, my wife Berenika wants it back.": ["Quixwood", "Berenika"],
    "Regards, J. Kowalczykova\n": ["Kowalczykova"],
    "My policy number is PX-7766554, my driving licence D7654321.": ["PX-7766554", "D7654321"],
    "my licence plate is B-QX 1234, my bank account 99887766.": ["B-QX 1234", "99887766"],
    "Write to zora.canary at post dot example instead.": ["zora.canary"],
    "my password is hunter2canary and my PIN is 4711.": ["hunter2canary", "4711"],
    "The pin of my wife is four seven one two.": ["four seven one two"],
    "It comes from 93.184.216.34 and 2001:db8:85a3::8a2e:370:7334.": ["93.184.216.34", "8a2e"],
    "The key is sk-proj-canaryCANARY1234567890.": ["canaryCANARY1234567890"],
    "api_key=abcDEF1234567890canary, token: 99aaBB11ccDD22ee33.": ["abcDEF1234567890canary", "99aaBB11ccDD22ee33"],
}
VALUES = [value for values in CANARIES.values() for value in values]
SENTENCES = list(CANARIES)


@pytest.fixture
def far(upstream: Server, settings: Any) -> Server:
    """Both tiers, and the one that looks at pictures, are on a server that counts as remote."""
    backend = "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine"
    options = {"base_url": upstream.url, "tokenizer_dir": str(MODELS / "tokenizer")}
    settings.ENGINES = {
        name: {"BACKEND": backend, "OPTIONS": {**options, "model": name}, "MASKING": "on"} for name in ("big", "little")
    }
    settings.TIERS = {"large": ["big"], "small": ["little"], "saving": ["little"], "vision": ["big"]}
    settings.ROUTING_POLICY = "cascade"
    registry.forget()
    yield upstream
    registry.forget()


def sent(upstream: Server) -> str:
    """All that the server was sent, with escapes undone."""
    return "\n".join(json.dumps(body, ensure_ascii=False) for body in upstream.bodies).replace("\\n", "\n")


def leaked(upstream: Server) -> list[str]:
    text = sent(upstream)
    return [value for value in VALUES if value in text]


def test_thirty_values_are_planted() -> None:
    assert len(VALUES) >= 30


@pytest.mark.django_db(transaction=True)
async def test_no_call_of_a_conversation_leaks_what_was_said(far: Server, chat: Chat, returns_article: Any) -> None:
    """Replies of both models, with history, summary, recalled messages and files, and the summary itself."""
    async with chat() as ana:
        for start in range(0, len(SENTENCES), 5):
            await ana.ask(f"{' '.join(SENTENCES[start : start + 5])} How do I return my lamp, please?")
        conversation = await Conversation.objects.aget()
        first = conversation.messages.order_by("seq").filter(role=Message.Role.CUSTOMER)
        message = await first.afirst()
        assert message
        message.files_read = [{"name": "scan.png", "says": " ".join(SENTENCES)}]
        await message.asave()
        newest = await conversation.messages.order_by("-seq").afirst()
        assert newest
        await sync_to_async(summarise_up_to)(str(newest.pk))
        await ana.ask("What was my policy number, and how do I return my lamp?")

    purposes = {body["model"] for body in far.bodies}
    assert purposes == {"big", "little"}
    assert await ConversationSummary.objects.aexists()
    assert len(far.bodies) >= 4
    assert leaked(far) == []
    assert len(set(re.findall(r"<[A-Z]+_\d{4}>", sent(far)))) >= 25


@pytest.mark.django_db(transaction=True)
async def test_the_values_would_be_found_if_they_were_sent(
    far: Server, settings: Any, chat: Chat, returns_article: Any
) -> None:
    settings.ENGINES = {name: entry | {"MASKING": "off"} for name, entry in settings.ENGINES.items()}

    async with chat() as ana:
        await ana.ask(f"{' '.join(SENTENCES[:4])} How do I return my lamp, please?")

    assert len(leaked(far)) >= 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tier", ["large", "small", "saving", "vision"])
async def test_a_prompt_of_any_tier_is_masked(far: Server, tier: str, workspace: Any) -> None:
    prompt = Prompt((Turn("system", "Be short."), Turn("user", " ".join(SENTENCES))), 50)

    await tiers.complete(prompt, router.Call(workspace.pk), tier)

    assert len(far.bodies) == 1
    assert leaked(far) == []


@pytest.mark.django_db(transaction=True)
async def test_the_stored_reply_holds_the_real_value_and_the_receipt_counts_it(
    far: Server, chat: Chat, returns_article: Any, settings: Any
) -> None:
    settings.TIERS = {"large": ["big"], "small": []}
    async with chat() as ana:
        said = f"{' '.join(SENTENCES[:4])} How do I return my lamp, please?"
        await ana.ask(said)
        placeholder = re.findall(r"EMAIL_\d{4}", sent(far))[-1]
        far.told(answer=f"We write to <{placeholder}>. Print the label from your account [1].")
        reply = await ana.ask(said)
        shown = "".join(event["text"] for event in ana.heard if event["type"] == "reply.delta")

    stored = await Message.objects.aget(pk=reply["message_id"])
    assert "We write to ana.canary@mail.example." in stored.text
    assert placeholder not in shown + stored.text
    assert "ana.canary@mail.example" in shown
    assert stored.receipt["masked"] == {"CARD": 2, "EMAIL": 1, "PHONE": 2}


def test_engines_are_asked_in_one_place() -> None:
    """What goes around the router would go around the masking."""
    root = Path(__file__).resolve().parents[3]
    rooms = [
        path for room in ("assistant", "caching", "knowledge", "conversations") for path in (root / room).rglob("*.py")
    ]
    asking = [str(path.relative_to(root)) for path in rooms if re.search(r"\bengine\.stream\(", path.read_text())]

    assert asking == ["assistant/llm/attempt.py"]
