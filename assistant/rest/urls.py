"""URLs of the API docs, and the 404 for unknown API paths. Included last."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from assistant.rest import schema  # noqa: F401  (describes how a key is sent)
from assistant.rest.views import unknown_address

urlpatterns = [
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    # The split view loads its script from a URL of its own, so the policy need not allow inline scripts.
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(template_name="api_docs.html"), name="docs"),
    re_path(r"^(?:api|v1)/", unknown_address),
]
