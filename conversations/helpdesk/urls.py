"""URLs that helpdesks call."""

from django.urls import path

from conversations.helpdesk import views

urlpatterns = [path("helpdesk/<slug:kind>/<uuid:connection_id>/", views.HelpdeskHook.as_view())]
