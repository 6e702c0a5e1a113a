"""All URLs of the project."""

from django.contrib import admin
from django.urls import include, path

from assistant import health
from conversations.api.websocket import schema_view
from conversations.widget import views as widget
from demo import views as demo
from knowledge.articles.files.views import serve_file

urlpatterns = [
    path("", include("conversations.urls")),
    path("api/v1/", include("knowledge.urls")),
    path("api/v1/", include("caching.api.urls")),
    path("api/v1/", include("assistant.webhooks.urls")),
    path("", demo.home, name="home"),
    path("help/<slug:external_id>", demo.article, name="help"),
    path("article-files/<uuid:file_id>", serve_file, name="article-file"),
    path("widget.js", widget.script, name="widget-script"),
    path("api/v1/widget/config/", widget.config, name="widget-config"),
    path("api/v1/widget/logo/<slug:public_key>/<slug:digest>/", widget.logo, name="widget-logo"),
    path("api/v1/schema/socket/", schema_view.described),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", include("assistant.accounts.urls")),  # before the admin, which has a login too
    path("admin/", admin.site.urls),
    path("", include("assistant.rest.urls")),  # last: handles all other paths of the API
]
