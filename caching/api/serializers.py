"""Serializers of cached answers and verdicts."""

from rest_framework import serializers

from assistant.rest.fields import Choice, Text
from caching.models import CachedAnswer, Verdict


class CachedAnswerSerializer(serializers.ModelSerializer):
    citations = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = CachedAnswer
        fields = (
            "id",
            "question",
            "answer",
            "citations",
            "locale",
            "audience",
            "kind",
            "why",
            "state",
            "pinned",
            "hits",
            "judged",
            "wrong",
            "cost_usd",
            "saved_usd",
            "created_at",
            "expires_at",
            "last_hit_at",
        )
        read_only_fields = fields


class CacheFilter(serializers.Serializer):
    state = serializers.ChoiceField(choices=CachedAnswer.State.choices, required=False)
    kind = serializers.ChoiceField(choices=CachedAnswer.Kind.choices, required=False)
    question = serializers.CharField(max_length=300, required=False, help_text="Part of the question.")


class VerdictDraft(serializers.Serializer):
    opinion = Choice(choices=Verdict.Opinion.choices)
    note = Text(max_length=300, required=False, allow_blank=True, default="")
    asked = Text(
        max_length=4000, required=False, allow_blank=True, default="", help_text="The question it was served for."
    )


class Flushed(serializers.Serializer):
    flushed = serializers.IntegerField()
