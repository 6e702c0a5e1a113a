"""Serializers of conversations, messages and contacts for the REST API."""

from typing import Any

from rest_framework import serializers

from assistant.rest.fields import AsSelected, AsStored, Choice, Flag, Identifier, Identifiers, Text, UploadedFile, Whole
from conversations.models import Contact, Conversation, ConversationSummary, Message


class ContactSerializer(AsStored):
    class Meta:
        model = Contact
        fields = ("id", "external_id", "name", "email", "verified", "attributes", "created_at")
        read_only_fields = fields


class ConversationSerializer(AsStored):
    contact = ContactSerializer(read_only=True)
    messages = serializers.IntegerField(source="last_seq", read_only=True, help_text="Number of messages.")

    class Meta:
        model = Conversation
        fields = (
            "id",
            "status",
            "status_reason",
            "channel",
            "locale",
            "external_id",
            "contact",
            "messages",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ConversationInList(AsSelected, ConversationSerializer):
    opening = serializers.CharField(read_only=True, allow_null=True, help_text="Start of the customer's first message.")

    class Meta(ConversationSerializer.Meta):
        fields = (*ConversationSerializer.Meta.fields, "opening")
        read_only_fields = fields


class ContactDraft(serializers.Serializer):
    """The customer, as identified by the owner of the API key. The same `external_id` is the same contact."""

    external_id = Text(max_length=255, required=False)
    name = Text(max_length=255, required=False, allow_blank=True)
    email = Text(max_length=255, required=False, allow_blank=True)
    verified = Flag(
        required=False,
        help_text="true: you have verified this customer, who can then read articles for customers only. "
        "Needs `external_id`.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("verified") and not given.get("external_id"):
            raise serializers.ValidationError({"verified": "Only a contact with an external_id can be verified."})
        return given


class ConversationDraft(serializers.Serializer):
    """All fields are optional. `contact` is for API keys only; a visitor's conversation belongs to the visitor."""

    external_id = Text(max_length=255, required=False, allow_blank=True, help_text="Your own id for the conversation.")
    locale = Text(max_length=10, required=False)
    contact = ContactDraft(required=False)


class ConversationChange(serializers.Serializer):
    external_id = Text(max_length=255, required=False, allow_blank=True)
    locale = Text(max_length=10, required=False)


class ConversationFilter(serializers.Serializer):
    status = serializers.ChoiceField(choices=Conversation.Status.choices, required=False)
    channel = serializers.ChoiceField(choices=Conversation.Channel.choices, required=False)
    external_id = serializers.CharField(max_length=255, required=False)
    contact = serializers.UUIDField(required=False)
    updated_after = serializers.DateTimeField(required=False)
    updated_before = serializers.DateTimeField(required=False)

    LOOKUPS = {"updated_after": "updated_at__gt", "updated_before": "updated_at__lt"}

    def lookups(self) -> dict[str, Any]:
        """Return the filters as keyword arguments of `QuerySet.filter`.

        Raises:
            ValidationError
        """
        self.is_valid(raise_exception=True)
        return {self.LOOKUPS.get(name, name): value for name, value in self.validated_data.items()}


class AuthorSerializer(serializers.Serializer):
    name = serializers.CharField()


class CitationSerializer(serializers.Serializer):
    n = serializers.IntegerField(help_text="The number in the text, as [n].")
    title = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    article_id = serializers.CharField()
    supported = serializers.BooleanField(
        required=False, help_text="false if a sentence cites this source but the source may not support it."
    )


class AttachmentSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="Detected from the content.")
    size_bytes = serializers.IntegerField()


class AttachmentDraft(serializers.Serializer):
    conversation = Identifier()
    file = UploadedFile(max_length=255, allow_empty_file=False, help_text="Up to ATTACHMENT_MAX_BYTES.")


class MessageSerializer(serializers.Serializer):
    """A message. `receipt` is returned to API keys only."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Message.Role.choices)
    status = serializers.ChoiceField(choices=Message.Status.choices)
    text = serializers.CharField(allow_blank=True)
    client_ref = serializers.UUIDField(allow_null=True)
    in_reply_to = serializers.UUIDField(allow_null=True)
    author = AuthorSerializer(allow_null=True)
    citations = CitationSerializer(many=True)
    attachments = AttachmentSerializer(many=True)
    action = serializers.CharField(allow_null=True)
    rating = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    receipt = serializers.DictField(required=False, allow_null=True)


class MessageDraft(serializers.Serializer):
    """A message from the customer. Sending it again with the same `client_ref` creates no second message."""

    text = Text(
        trim_whitespace=False,
        allow_blank=True,
        help_text="Up to MESSAGE_MAX_CHARS characters. Can be empty if files are attached.",
    )
    attachments = Identifiers(
        required=False, default=list, max_length=100, help_text="Ids returned by `/attachments/`."
    )
    client_ref = Identifier(required=False, help_text="A UUID of your choice.")
    stream = Flag(required=False, default=False, help_text="Answer with server-sent events.")


class ExchangeSerializer(serializers.Serializer):
    """A message and its reply. `reply` is null if a person answers."""

    message = MessageSerializer()
    reply = MessageSerializer(allow_null=True)


class RatingDraft(serializers.Serializer):
    rating = Choice(choices=["like", "dislike"], allow_null=True, help_text="null removes the rating.")
    comment = Text(max_length=2000, required=False, allow_blank=True, default="")


class HandoffDraft(serializers.Serializer):
    reason = Text(max_length=200, required=False, allow_blank=True, default="")


class PersonReplyDraft(serializers.Serializer):
    text = Text(max_length=20_000, trim_whitespace=False)
    author = Text(max_length=254, required=False, help_text="User name or email of a member of the workspace.")


class IdentityDraft(serializers.Serializer):
    """Either `external_id` with its `hash`, or a `jwt`."""

    external_id = Text(max_length=255, required=False)
    name = Text(max_length=255, required=False, allow_blank=True)
    email = Text(max_length=255, required=False, allow_blank=True)
    exp = Whole(required=False, help_text="When the hash expires, in seconds since 1970. Part of the signed text.")
    hash = Text(max_length=128, required=False, help_text="Hex HMAC-SHA256 of `external_id|exp`.")
    jwt = Text(max_length=4096, required=False)


class SessionDraft(serializers.Serializer):
    widget = Text(max_length=80, help_text="The widget's public key.")
    identity = IdentityDraft(required=False, allow_null=True)
    session = Text(max_length=1000, required=False, help_text="Token of the session to continue.")


class SummarySerializer(serializers.ModelSerializer):
    """The summary of older messages."""

    text = serializers.CharField(allow_blank=True)

    class Meta:
        model = ConversationSummary
        fields = ("version", "upto_seq", "text", "origin", "engine", "created_at")
        read_only_fields = fields


class SummaryChange(serializers.Serializer):
    text = Text(max_length=10_000, help_text="Replaces the summary. Later versions keep it.")
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="The version you edited. Default: the newest."
    )


class ReplyReceiptSerializer(serializers.Serializer):
    message_id = serializers.UUIDField()
    seq = serializers.IntegerField()
    receipt = serializers.DictField()


class ConversationReceiptSerializer(serializers.Serializer):
    """The cost of a conversation, in total and per reply. Amounts are US dollars, as strings."""

    replies = serializers.IntegerField()
    sources = serializers.DictField(child=serializers.IntegerField(), help_text="Number of replies by source.")
    tokens = serializers.DictField(child=serializers.IntegerField())
    cost_usd = serializers.CharField()
    would_have_cost_usd = serializers.CharField(
        allow_null=True, help_text="null if the workspace has no large model or its price is unknown."
    )
    saved_usd = serializers.DictField(child=serializers.CharField(allow_null=True))
    receipts = ReplyReceiptSerializer(many=True)


class SessionSerializer(serializers.Serializer):
    session = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ExportLinkSerializer(serializers.Serializer):
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()
