"""REST URLs of webhooks."""

from django.urls import path

from assistant.webhooks import views

ONE = "webhooks/<uuid:endpoint_id>/"

urlpatterns = [
    path("webhooks/", views.Endpoints.as_view()),
    path(ONE, views.OneEndpoint.as_view()),
    path(f"{ONE}rotate/", views.RotateSecret.as_view()),
    path(f"{ONE}deliveries/", views.Deliveries.as_view()),
    path(f"{ONE}redeliver/", views.Redeliver.as_view()),
]
