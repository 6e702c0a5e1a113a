"""What was said long ago is found again, only what the question needs, and only of the right conversation."""

import numpy as np
import pytest

from assistant.llm import registry
from conversations.context import assembly, memory, prefix_cache, summaries
from conversations.context.fact_ledger import Ledger
from conversations.context.memory_index import CachedIndex, Shelf
from conversations.context.memory_ranking import Index, PastMessage, within
from conversations.messaging.question import Question
from conversations.models import Contact, Conversation, Message, MessageVector

pytestmark = pytest.mark.django_db

CHATTER = ["What is the weather like?", "I only know about the shop.", "Do you like tea?", "I have no taste."]


@pytest.fixture
def ana(workspace):
    return Contact.objects.create(workspace=workspace, name="Ana")


@pytest.fixture
def conversation(workspace, ana):
    return Conversation.objects.create(workspace=workspace, contact=ana)


@pytest.fixture
def large_model(settings):
    """Name the large model, which nobody asks here: prompts are only measured and priced."""
    entry = settings.ENGINES["large"]

    def named(model):
        settings.ENGINES = {
            "large": entry | {"OPTIONS": entry["OPTIONS"] | {"base_url": "http://shop.test/v1", "model": model}}
        }
        settings.TIERS = {"large": ["large"]}
        registry.forget()

    yield named
    registry.forget()


def say(conversation, *texts):
    for text in texts:
        seq = conversation.last_seq + 1
        role = Message.Role.CUSTOMER if seq % 2 else Message.Role.ASSISTANT
        message = Message.objects.create(conversation=conversation, seq=seq, role=role, text=text)
        conversation.last_seq = seq
        conversation.save()
    return message


def words(text):
    return len(text.split())


def recalled(conversation, question, *, before_seq=1_000, budget_tokens=30, ledger=None):
    told = memory.recall(
        conversation,
        question,
        None,
        before_seq=before_seq,
        budget_tokens=budget_tokens,
        count=words,
        ledger=ledger,
    )
    return [each.text for each in told]


def question_of(conversation, text):
    message = say(conversation, text)
    history = tuple(Message.objects.said().before(message).newest(50))
    return Question(
        text=text,
        message=message,
        conversation=conversation,
        workspace=conversation.workspace,
        contact=conversation.contact,
        history=history,
        audience="public",
    )


def test_an_old_message_is_found_by_its_words(conversation):
    say(conversation, "The serial number of my grinder is SN-88A21.", "Thank you.", *CHATTER * 10)

    told = recalled(conversation, "Which serial number did I give you?")

    assert "The serial number of my grinder is SN-88A21." in told


def test_the_answer_beside_the_words_that_were_asked_is_found_too(conversation):
    say(conversation, *CHATTER * 5, "Which colour would you like for the lamp?", "Green.", *CHATTER * 5)

    assert "Green." in recalled(conversation, "Which colour did I choose for the lamp?")


def test_what_the_prompt_already_tells_is_not_recalled(conversation):
    say(conversation, *CHATTER, "My serial number is SN-88A21.")

    assert recalled(conversation, "Which serial number?", before_seq=5) == []


def test_memory_keeps_to_its_budget(conversation):
    say(conversation, *["The grinder grinds the beans of the grinder well."] * 50)

    told = recalled(conversation, "grinder beans", budget_tokens=20)

    assert sum(map(words, told)) <= 20
    assert told


def test_a_corrected_value_is_marked_where_it_is_recalled(conversation):
    say(conversation, "My order number is 48213.", "Thanks.", "Sorry, typo, it is 48231.", *CHATTER * 5)
    ledger = (
        Ledger()
        .folded("My order number is 48213.", "1", "customer")
        .folded("Sorry, typo, it is 48231.", "3", "customer")
    )

    told = recalled(conversation, "What is my order number?", ledger=ledger)

    assert "My order number is 48213. [48213 was later corrected to 48231]" in told


def test_nobody_recalls_another_conversation(conversation, workspace):
    bob = Contact.objects.create(workspace=workspace, name="Bob")
    say(Conversation.objects.create(workspace=workspace, contact=bob), "My serial number is SN-1.")
    say(conversation, *CHATTER)

    assert not any("SN-1" in text for text in recalled(conversation, "What is the serial number?"))


@pytest.mark.parametrize(
    ("verified", "allowed", "found"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_earlier_conversations_are_recalled_of_a_verified_contact_where_the_shop_allows_it(
    workspace, ana, verified, allowed, found
):
    ana.verified, ana.external_id = verified, "ana"
    ana.save()
    workspace.settings["remember_across_conversations"] = allowed
    workspace.save()
    say(Conversation.objects.create(workspace=workspace, contact=ana), "My serial number is SN-88A21.")
    now = Conversation.objects.create(workspace=workspace, contact=ana)
    say(now, *CHATTER)

    assert any("SN-88A21" in text for text in recalled(now, "What is my serial number?")) == found
    say(now, "My other serial number is SN-99.")
    told = recalled(now, "What is my serial number?")
    assert told.count("My other serial number is SN-99.") == 1
    assert told.count("My serial number is SN-88A21.") == found


def test_what_was_resolved_is_not_recalled(conversation):
    say(conversation, "My serial number is SN-88A21.", *CHATTER)
    conversation.context_from_seq = 1

    assert not any("SN-88A21" in text for text in recalled(conversation, "What is my serial number?"))


def test_what_is_said_after_a_question_is_found_by_the_next(conversation):
    say(conversation, *CHATTER)
    assert not any("SN-88A21" in text for text in recalled(conversation, "Which serial number?"))

    say(conversation, "The serial number is SN-88A21.", *CHATTER)

    assert "The serial number is SN-88A21." in recalled(conversation, "Which serial number?")


@pytest.mark.parametrize("gone", [False, True])
def test_what_was_reworded_or_deleted_is_recalled_no_more(conversation, gone):
    say(conversation, "The serial number is SN-88A21.", *CHATTER)
    assert "The serial number is SN-88A21." in recalled(conversation, "Which serial number?")

    first = Message.objects.filter(conversation=conversation, seq=1)
    first.delete() if gone else first.update(text="The serial number is hidden.")

    told = recalled(conversation, "Which serial number?")
    assert not any("SN-88A21" in text for text in told)
    assert ("The serial number is hidden." in told) != gone


def test_a_tail_that_begins_earlier_than_the_one_before_leaves_out_what_it_tells(conversation):
    say(conversation, *CHATTER, "The serial number is SN-88A21.", *CHATTER)
    assert "The serial number is SN-88A21." in recalled(conversation, "Which serial number?", before_seq=8)

    assert not any("SN-88A21" in text for text in recalled(conversation, "Which serial number?", before_seq=5))
    assert "The serial number is SN-88A21." in recalled(conversation, "Which serial number?", before_seq=8)


def test_a_long_conversation_asks_the_database_no_more_than_a_short_one(
    conversation, no_engine, django_assert_num_queries
):
    say(conversation, *CHATTER * 3)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=9))
    assembly.assemble(question_of(conversation, "Do you like the weather?"), ())
    short = question_of(conversation, "And tea?")
    with django_assert_num_queries(2):
        assembly.assemble(short, ())
    say(conversation, *CHATTER * 20)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=90))
    assembly.assemble(question_of(conversation, "Do you like the weather?"), ())
    long = question_of(conversation, "And tea?")

    with django_assert_num_queries(2):
        assembly.assemble(long, ())


def test_the_conversations_asked_about_last_are_kept_and_no_more_than_so_many(conversation, ana, workspace):
    shelf = Shelf(most_parts=5)
    others = [Conversation.objects.create(workspace=workspace, contact=ana) for _ in range(2)]
    for each in (conversation, *others):
        said = [PastMessage(seq, "customer", "Hello.") for seq in (1, 2)]
        shelf.put(each, CachedIndex(Index(each.locale).grown(said), (2, 0), 2))

    assert [len(shelf.take(each).index.said) for each in (conversation, *others)] == [0, 2, 2]


def test_messages_are_indexed_once_and_found_by_meaning(conversation):
    last = say(conversation, "The thing wakes the baby at night.", "I see.", *CHATTER * 5)

    assert memory.index(conversation, last) == 22
    assert memory.index(conversation, last) == 0

    vector = np.array(MessageVector.objects.get(message__seq=1).embedding, dtype=np.float32)
    told = memory.recall(conversation, "noise complaint", vector, before_seq=1_000, budget_tokens=20, count=words)
    assert told[0].text == "The thing wakes the baby at night."


def test_ranking_gives_nothing_for_a_question_about_nothing_that_was_said():
    said = [PastMessage(1, "customer", "My lamp is green."), PastMessage(2, "assistant", "Good.")]

    assert Index().grown(said).ranked("Quantum chromodynamics?") == []


def test_a_question_after_another_topic_is_looked_for_by_its_own_words_too():
    topic = ["How do I cancel an order?", "You cancel an order under Orders.", "An order leaves within a day."]
    said = [PastMessage(seq, "customer", text) for seq, text in enumerate(["The green one, please.", *CHATTER, *topic])]
    filled_up = "How do I cancel an order after the order left? Was it the green one?"

    index = Index().grown(said)

    first = index.ranked(filled_up)[0]
    with_bare = index.ranked(filled_up, bare="Was it the green one?")[0]

    assert said[first].text != "The green one, please."
    assert said[with_bare].text == "The green one, please."


def test_what_is_recalled_stands_in_the_order_it_was_said():
    assert within([5, 1, 3], lambda place: 10, 25) == [1, 5]


def test_the_prompt_holds_the_summary_the_tail_and_what_was_recalled(conversation, no_engine):
    say(conversation, "My grinder SN-88A21 is broken.", "I'm sorry to hear that.", *CHATTER * 4)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=14))
    question = question_of(conversation, "And what about my grinder SN-88A21?")

    made = assembly.assemble(question, ())

    assert "SN-88A21" in made.summary
    assert [message.seq for message in made.recent] == [15, 16, 17, 18]
    assert "My grinder SN-88A21 is broken." in [told.text for told in made.remembered]
    assert made.tokens["memory"] > 0


def test_nothing_is_missing_between_the_summary_and_the_last_messages(conversation, no_engine):
    say(conversation, *[f"Message number {number} of this chat." for number in range(1, 15)])
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=8))

    made = assembly.assemble(question_of(conversation, "What now?"), ())

    assert [message.seq for message in made.recent] == list(range(9, 15))


def test_a_hot_prompt_only_grows_at_its_end(conversation, no_engine):
    say(conversation, *CHATTER * 2)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=5))
    first = assembly.assemble(question_of(conversation, "One more thing?"), ())
    summaries.fold_in(conversation, say(conversation, *CHATTER))

    second = assembly.assemble(question_of(conversation, "And another?"), ())

    assert second.summary == first.summary
    assert second.recent[: len(first.recent)] == first.recent


def test_a_prompt_gone_cold_moves_to_the_newest_summary(conversation, no_engine, settings):
    say(conversation, *CHATTER * 2)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=5))
    settings.PREFIX_CACHE_TTL_S = 0
    assembly.assemble(question_of(conversation, "One more thing?"), ())
    row = summaries.fold_in(conversation, say(conversation, *CHATTER))

    epoch = prefix_cache.epoch(conversation, question_of(conversation, "And now?").history, words)

    assert epoch.summary.version == row.version


@pytest.mark.parametrize(("model", "tokens"), [("gpt-6-sol", 4_600), ("a-model-nobody-priced", 500)])
def test_the_tail_may_grow_far_only_where_cached_input_is_cheap(large_model, model, tokens):
    large_model(model)

    assert prefix_cache.tail_budget_tokens() == tokens


def test_a_tail_that_outgrows_its_budget_is_folded_though_the_chat_is_hot(conversation, no_engine, settings):
    settings.RECENT_HISTORY_MAX_TOKENS = 30
    say(conversation, *CHATTER * 2)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=5))
    assembly.assemble(question_of(conversation, "One more thing?"), ())
    row = summaries.fold_in(conversation, say(conversation, *CHATTER * 3))

    made = assembly.assemble(question_of(conversation, "And another?"), ())

    assert made.recent[0].seq == row.upto_seq - 2


def test_where_cached_input_is_cheap_a_new_epoch_begins_long_enough_to_be_cached(conversation, large_model, settings):
    settings.PREFIX_CACHE_MIN_TOKENS = 90
    large_model("gpt-6-sol")
    count = registry.counter("large")
    say(conversation, *CHATTER * 4)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=13))
    history = Message.objects.filter(conversation=conversation).newest(12)  # not all that was said

    cheap = prefix_cache.epoch(conversation, history, count, fixed_tokens=20)
    large_model("a-model-nobody-priced")
    prefix_cache.cache.clear()
    dear = prefix_cache.epoch(conversation, history, count, fixed_tokens=20)

    assert 20 + cheap.summary.tokens + sum(count(said.text) for said in cheap.tail(history)) >= 90
    assert dear.first_seq == 14
    assert cheap.first_seq < dear.first_seq


def test_a_short_conversation_gone_cold_is_told_whole_where_a_summary_would_save_little(conversation, large_model):
    large_model("gpt-6-sol")
    say(conversation, *CHATTER * 4)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=13))

    made = assembly.assemble(question_of(conversation, "And another?"), ())

    assert made.summary == ""
    assert [message.seq for message in made.recent] == list(range(1, 17))


@pytest.mark.parametrize("pause_every", [0, 3])
@pytest.mark.parametrize("model", ["gpt-6-sol", "gpt-4o"])
def test_at_no_message_was_a_conversation_dearer_than_its_whole_history_from_the_cache(
    conversation, large_model, settings, model, pause_every
):
    large_model(model)
    count, share, fixed = registry.counter("large"), prefix_cache.cached_share(), 400
    history, ours, theirs, before, folds = [], 0.0, 0.0, (None, 0, 0), 0
    for turn in range(24):
        warm = turn > 0 and not (pause_every and turn % pause_every == 0)
        if not warm:
            prefix_cache.cache.clear()
        epoch = prefix_cache.epoch(conversation, history, count, fixed_tokens=fixed)
        told = fixed + epoch.told_tokens(history, count)
        whole = fixed + sum(count(said.text) for said in history)
        begin = (epoch.summary and epoch.summary.version, epoch.first_seq)
        folds += turn > 0 and begin != before[0]
        ours += billed(told, before[1] if warm and begin == before[0] else 0, share)
        ours += settings.MEMORY_MAX_TOKENS if epoch.summary else 0
        theirs += billed(whole, before[2] if warm else 0, share)
        before = (begin, told, whole)
        assert ours <= theirs
        say(conversation, f"What about {turn}?", f"Case {turn} was opened. " + "The grinder grinds beans well. " * 25)
        history = Message.objects.filter(conversation=conversation).newest(50)
        if len(history) > 3:
            summaries.fold_in(conversation, history[-4])
    assert folds or share < 0.5
    assert ours < theirs or not folds


def billed(prompt_tokens, cached_tokens, share):
    cached_tokens = cached_tokens if cached_tokens >= 1_024 else 0
    return prompt_tokens - cached_tokens + cached_tokens * share


def test_a_summary_corrected_by_staff_is_told_at_once(conversation, no_engine, django_user_model):
    rosa = django_user_model.objects.create_user("rosa")
    say(conversation, *CHATTER * 2)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=5))
    assembly.assemble(question_of(conversation, "One more thing?"), ())
    summaries.correct(conversation, "Ana drinks no tea.", rosa)

    made = assembly.assemble(question_of(conversation, "And another?"), ())

    assert "Ana drinks no tea." in made.summary


def test_a_hot_prompt_keeps_its_bytes_however_many_summaries_are_written_meanwhile(conversation, no_engine, settings):
    settings.RECENT_HISTORY_MAX_TOKENS = 10_000
    say(conversation, "My order number is 48231.", "Sorry, it is broken?", *CHATTER)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=4))
    first = assembly.assemble(question_of(conversation, "One more thing?"), ())
    for _ in range(summaries.WHOLE_VERSIONS + 2):
        summaries.fold_in(conversation, say(conversation, "The driver can call +49 151 2345678.", "He will."))

    last = assembly.assemble(question_of(conversation, "And another?"), ())

    assert last.summary == first.summary
    assert last.recent[: len(first.recent)] == first.recent


def test_a_correction_made_after_an_epoch_began_marks_what_is_recalled(conversation, no_engine, settings):
    settings.RECENT_HISTORY_MAX_TOKENS = 10_000
    say(conversation, "My order number is 48213.", "Thank you.", *CHATTER)
    summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=6))
    assembly.assemble(question_of(conversation, "One more thing?"), ())
    say(conversation, "Yes?", "Sorry, 48231, not 48213.")
    summaries.fold_in(conversation, say(conversation, *CHATTER))

    made = assembly.assemble(question_of(conversation, "What is my order number?"), ())

    assert any("48213 was later corrected to 48231" in told.text for told in made.remembered)


def test_without_redis_a_prompt_begins_anew_and_is_still_made(conversation, no_engine, settings):
    say(conversation, *CHATTER * 2)
    row = summaries.fold_in(conversation, Message.objects.get(conversation=conversation, seq=5))
    nobody_there = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nobody_there}

    assembled = assembly.assemble(question_of(conversation, "One more thing?"), ())

    assert assembled.summary == row.text
