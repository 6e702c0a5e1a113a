"""REST views of a workspace's guidance: what is live, its versions, saving a draft, going live and going back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from assistant.errors import NotFound
from assistant.guidance import versions
from assistant.guidance.content import Content, Length, Response
from assistant.guidance.models import Guidance
from assistant.rest.fields import Choice, Identifier, Text
from assistant.workspaces.models import Workspace

READ, WRITE, PUBLISH = "guidance:read", "guidance:write", "guidance:publish"
ENTRIES_MAX = 200  # that are read; how many may be saved is a setting


def _text(**options: Any) -> Text:
    return Text(required=False, allow_blank=True, default="", **options)


def _lines(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=Text(), required=False, default=list, max_length=ENTRIES_MAX, **options)


class GuidanceHandoffTopic(serializers.Serializer):
    name = Text()
    words = _lines(help_text="One of them in a message is enough.")
    examples = _lines(help_text="Messages like these are recognised too.")
    reply = _text(help_text="Empty for the standard reply.")


class GuidanceTopic(GuidanceHandoffTopic):
    response = Choice(choices=Response.choices, required=False, default=Response.SAY)


class GuidanceTexts(serializers.Serializer):
    """Lengths and counts are limited by settings; see docs/guidance.md."""

    persona = _text()
    tone = _text()
    length = Choice(choices=Length.choices, required=False, default=Length.NORMAL)
    do = _lines()
    do_not = _lines()
    forbidden_topics = GuidanceTopic(many=True, required=False, default=list, max_length=ENTRIES_MAX)
    handoff_topics = GuidanceHandoffTopic(many=True, required=False, default=list, max_length=ENTRIES_MAX)
    languages = _lines(help_text="Codes of the languages that are answered, such as `en`. Empty for all.")
    other_languages = _text(help_text="The reply to messages in any other language.")


class GuidanceVersion(serializers.ModelSerializer):
    author = serializers.SerializerMethodField(help_text="null if it was saved with an API key.")
    texts = serializers.SerializerMethodField()

    class Meta:
        model = Guidance
        fields = ("id", "number", "status", "comment", "author", "created_at", "published_at", "texts")
        read_only_fields = fields

    def get_author(self, version: Guidance) -> str | None:
        return version.author.get_username() if version.author else None

    @extend_schema_field(GuidanceTexts)
    def get_texts(self, version: Guidance) -> dict[str, Any]:
        texts: dict[str, Any] = GuidanceTexts(version.content.as_json()).data
        return texts


class GuidanceNow(serializers.Serializer):
    live = GuidanceVersion(allow_null=True)
    draft = GuidanceVersion(allow_null=True)


class GuidanceDraft(serializers.Serializer):
    seen = Identifier(
        allow_null=True,
        help_text="The newest version that you know of; null if there is none. 409 if there is a newer one.",
    )
    comment = Text(required=False, allow_blank=True, default="", max_length=200)
    texts = GuidanceTexts(help_text="The whole guidance: what you leave out is empty.")

    @property
    def content(self) -> Content:
        return _content(self.validated_data["texts"])


class Now(APIView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="guidance_read", responses=GuidanceNow)
    def get(self, request: Request) -> Answer:
        """Read the version that customers are answered under, and the draft."""
        of_workspace = Guidance.objects.filter(workspace=request.auth.workspace).select_related("author")
        now = {"live": of_workspace.live().first(), "draft": of_workspace.drafts().first()}
        return Answer(GuidanceNow(now).data)


class Versions(ListAPIView):
    scopes = {"GET": READ, "POST": WRITE}
    serializer_class = GuidanceVersion
    ordering = ("-number",)

    def get_queryset(self) -> QuerySet[Guidance]:
        return Guidance.objects.filter(workspace=self.request.auth.workspace).select_related("author")

    @extend_schema(operation_id="guidance_versions_list")
    def get(self, request: Request) -> Answer:
        return self.list(request)

    @extend_schema(operation_id="guidance_versions_create", request=GuidanceDraft, responses={201: GuidanceVersion})
    def post(self, request: Request) -> Answer:
        """Save a new version as the draft. Customers are answered under the live one until the draft goes live."""
        draft = GuidanceDraft(data=request.data)
        draft.is_valid(raise_exception=True)
        seen, comment = draft.validated_data["seen"], draft.validated_data["comment"]
        saved = versions.save_draft(request.auth.workspace, draft.content, seen=seen, comment=comment)
        return Answer(GuidanceVersion(saved).data, status=201)


class OneVersion(APIView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="guidance_versions_read", responses=GuidanceVersion)
    def get(self, request: Request, version_id: uuid.UUID) -> Answer:
        return Answer(GuidanceVersion(_version(request.auth.workspace, version_id)).data)


class GoLive(APIView):
    scopes = {"POST": PUBLISH}

    @extend_schema(operation_id="guidance_versions_go_live", request=None, responses=GuidanceVersion)
    def post(self, request: Request, version_id: uuid.UUID) -> Answer:
        """Answer under this draft from the next message on. 409 if it isn't the draft any more."""
        return Answer(GuidanceVersion(versions.go_live(_version(request.auth.workspace, version_id))).data)


class RollBack(APIView):
    scopes = {"POST": PUBLISH}

    @extend_schema(operation_id="guidance_versions_roll_back", request=None, responses=GuidanceVersion)
    def post(self, request: Request, version_id: uuid.UUID) -> Answer:
        """Take a new version with the texts of this old one live. 409 if this one is live or the draft."""
        return Answer(GuidanceVersion(versions.roll_back(_version(request.auth.workspace, version_id))).data)


def _content(texts: dict[str, Any]) -> Content:
    handoff = [{**topic, "response": Response.HAND_OVER} for topic in texts["handoff_topics"]]
    languages = dict.fromkeys(language.lower() for language in texts["languages"])
    return Content.from_json({**texts, "handoff_topics": handoff, "languages": tuple(languages)})


def _version(workspace: Workspace, version_id: uuid.UUID) -> Guidance:
    found = Guidance.objects.filter(workspace=workspace, pk=version_id).select_related("author", "workspace").first()
    if found is None:
        raise NotFound
    return found
