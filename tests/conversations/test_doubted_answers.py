"""What a customer does after an answer from the cache is held for or against it."""

import json

import pytest

from caching.models import CachedAnswer, Verdict

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"
ANSWER = json.dumps({"text": "Print the label from your account, put it on the parcel. [1]", "action": None})


async def test_asking_for_a_person_right_after_a_cached_answer_counts_against_it(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana, chat() as bob:
        await ana.ask(QUESTION)
        await bob.ask(QUESTION)
        await bob.ask("Can I talk to a real person please?")

    said = await Verdict.objects.select_related("entry").aget()
    assert (said.opinion, said.source, said.entry.wrong) == ("wrong", "customer", 1)


async def test_the_button_for_a_person_and_a_thumb_down_on_one_answer_count_once(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana, chat() as bob:
        await ana.ask(QUESTION)
        answered = await bob.ask(QUESTION)
        await bob.send(type="message.rate", message_id=answered["message_id"], rating="dislike")
        await bob.send(type="conversation.handoff")
        await bob.next("conversation.updated")

    assert (await CachedAnswer.objects.aget()).wrong == 1


async def test_asking_for_a_person_says_nothing_of_an_answer_that_a_model_wrote(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana:
        await ana.ask(QUESTION)
        await ana.ask("Can I talk to a real person please?")

    assert not await Verdict.objects.aexists()
