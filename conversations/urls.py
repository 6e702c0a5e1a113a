"""REST URLs of conversations and usage, and of the OpenAI-compatible API."""

from django.urls import include, path

from conversations.api.openai import views
from conversations.api.rest import (
    attachments,
    contacts,
    conversations,
    exports,
    guidance,
    handoff,
    held_messages,
    insight,
    messages,
    sessions,
    usage,
)

ONE = "conversations/<uuid:conversation_id>/"
VERSION = "guidance/versions/<uuid:version_id>/"

rest = [
    path("widget/sessions/", sessions.Sessions.as_view()),
    path("conversations/", conversations.Conversations.as_view()),
    path(ONE, conversations.OneConversation.as_view()),
    path(f"{ONE}messages/", messages.Messages.as_view()),
    path(f"{ONE}events/", messages.Events.as_view()),
    path(f"{ONE}handoff/", handoff.Handoff.as_view()),
    path(f"{ONE}resolve/", handoff.Resolve.as_view()),
    path(f"{ONE}reply/", handoff.PersonReply.as_view()),
    path(f"{ONE}receipt/", insight.Receipt.as_view()),
    path(f"{ONE}summary/", insight.Summary.as_view()),
    path("messages/<uuid:message_id>/rating/", messages.Rating.as_view()),
    path("held-messages/", held_messages.HeldMessages.as_view()),
    path("held-messages/<uuid:message_id>/release/", held_messages.ReleaseHeldMessage.as_view()),
    path("held-messages/<uuid:message_id>/spam/", held_messages.SpamHeldMessage.as_view()),
    path("attachments/", attachments.Attachments.as_view()),
    path("attachments/<uuid:attachment_id>/", attachments.OneAttachment.as_view()),
    path("attachments/<uuid:attachment_id>/content/", attachments.AttachmentContent.as_view()),
    path("contacts/<uuid:contact_id>/", contacts.OneContact.as_view()),
    path("contacts/<uuid:contact_id>/sessions/", contacts.ContactSessions.as_view()),
    path("contacts/<uuid:contact_id>/export/", contacts.ContactExport.as_view()),
    path("exports/<str:secret>/", exports.Export.as_view(), name="export"),
    path("usage/", usage.Usage.as_view()),
    path("guidance/", guidance.Now.as_view()),
    path("guidance/versions/", guidance.Versions.as_view()),
    path(VERSION, guidance.OneVersion.as_view()),
    path(f"{VERSION}go-live/", guidance.GoLive.as_view()),
    path(f"{VERSION}roll-back/", guidance.RollBack.as_view()),
]

openai = [
    path("chat/completions", views.Completions.as_view()),
    path("models", views.Models.as_view()),
]

urlpatterns = [
    path("api/v1/", include(rest)),
    path("api/v1/", include("conversations.helpdesk.urls")),
    path("v1/", include(openai)),
]
