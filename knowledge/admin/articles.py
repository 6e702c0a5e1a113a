"""Articles in the staff admin: the list, the editor, and publishing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.module_loading import import_string
from unfold.decorators import display

from assistant.audit import log as audit_log
from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from knowledge.admin import pages
from knowledge.admin.answers import answers_page
from knowledge.admin.files import files_of, files_page
from knowledge.admin.filters import Concern
from knowledge.admin.forms import ArticleForm
from knowledge.articles import editing, publishing, translations
from knowledge.articles.rendering import as_html
from knowledge.models import Article, Chunk

Status = Article.Status
TEXT = {"title", "body", "note"}  # of a revision
LIVE_WITH_TEXT = {"locale", "product", "tags"}  # search reads these from the passages, not from the article
BY_WORDS_ALONE = (
    "The embedding model is unavailable, so only keyword search finds this article. "
    "Semantic search includes it a few minutes after the model is back."
)
STATUS_COLOURS = {"Live": "success", "Live, with edits": "warning", "Draft": "info", "In review": "primary"}


def cached_answers_removed(count: int) -> str:
    return f"{count or 'No'} cached answer{pluralize(count)} removed."


def unpublish(request: HttpRequest, article: Article) -> str:
    done = publishing.unpublish(article)
    return f"“{article.title}” unpublished. {cached_answers_removed(done.dropped_answers)}"


def archive(request: HttpRequest, article: Article) -> str:
    done = publishing.archive(article)
    return f"“{article.title}” archived. {cached_answers_removed(done.dropped_answers)}"


def translate(request: HttpRequest, article: Article) -> HttpResponse:
    draft = translations.translate(article, request.POST.get("to_locale", ""), permissions.member(request))
    return redirect("admin:knowledge_article_change", draft.pk)


@admin.register(Article)
class ArticleAdmin(WorkspaceBound):
    empty_text = "The assistant answers from your articles. Write the first one, or import the ones you have."
    form = ArticleForm
    add_role = change_role = delete_role = Role.CURATOR
    list_display = ("title", "shown_status", "locale", "audience", "product", "owner", "review", "cited", "changed")
    list_filter = ("workspace", "status", Concern, "audience", "locale", "product")
    list_select_related = ("workspace", "owner", "latest_revision", "published_revision")
    search_fields = ("title", "external_id", "latest_revision__body")
    ordering = ("-updated_at",)
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("title", "body", "note"), "classes": ("editor",)}),
        (
            "Details",
            {"fields": (("workspace", "external_id"), ("locale", "audience"), ("product", "url"), "tags")},
        ),
        ("Ownership and schedule", {"fields": (("owner", "review_by"), "publish_at", "expires_at")}),
    )
    admin_actions = {
        "unpublish": AdminAction(
            "Unpublish", "visibility_off", Role.CURATOR, unpublish, lambda a: a.status == Status.PUBLISHED
        ),
        "translate": AdminAction("Translate", "translate", Role.CURATOR, translate, asks=True),
        "archive": AdminAction("Archive", "archive", Role.CURATOR, archive, lambda a: a.status != Status.ARCHIVED),
    }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("try/", wrap(pages.try_page(self)), name="knowledge_article_try"),
            path("preview/", wrap(pages.preview), name="knowledge_article_preview"),
            path("<uuid:pk>/files/", wrap(files_page(self)), name="knowledge_article_files"),
            path("<uuid:pk>/answers/", wrap(answers_page(self)), name="knowledge_article_answers"),
            path("<uuid:pk>/check/", wrap(pages.check_page(self)), name="knowledge_article_check"),
            path("<uuid:pk>/revisions/", wrap(pages.revisions_page(self)), name="knowledge_article_revisions"),
        ]
        return [*own, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The workspace can't be changed, because published text is in the workspace's index."""
        return ("workspace",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = permissions.colleagues_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    changed = moment("updated_at", "Changed")

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, article: Article) -> str:
        if article.status != Status.PUBLISHED:
            return str(Status(article.status).label)
        return "Live, with edits" if article.has_unpublished_changes else "Live"

    @display(description="Review by", ordering="review_by")
    def review(self, article: Article) -> str | None:
        if article.review_by is None:
            return None
        day = date_format(article.review_by)
        is_due = article.review_by <= timezone.localdate()
        return format_html('<span class="b-chip b-warn">{}, due</span>', day) if is_due else day

    @display(description="Cited", ordering="cited_lately")
    def cited(self, article: Article) -> str:
        disliked = f", {article.disliked_lately} disliked" if article.disliked_lately else ""
        return f"{article.cited_lately}{disliked}"

    def page_context(self, request: HttpRequest, row: Article) -> dict[str, Any]:
        return {
            **files_of(request, row),
            "body_html": as_html(row.body),
            "variants": translations.variants_of(row),
            "chunks": Chunk.objects.filter(article=row).count(),
            "is_live": row.status == Status.PUBLISHED,
            "has_edits": row.has_unpublished_changes,
            "test_sets": import_string(settings.TESTS_BEFORE_A_CHANGE)(row.workspace_id),
        }

    # --- saving: each button names what happens after the text is saved ---

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        text, is_live = form.cleaned_data, obj.status == Status.PUBLISHED
        if is_live and "_publish" not in request.POST and LIVE_WITH_TEXT & set(form.changed_data):
            messages.warning(request, "Changes to language, product and tags go live when you publish.")
        if change:  # only fields changed in this form, so that a colleague's concurrent change is kept
            changed = {name: text[name] for name in form.changed_data if name not in TEXT}
            dropped = editing.set_attributes(obj, **changed)
            if is_live and "audience" in changed:
                messages.success(request, f"The new audience applies immediately. {cached_answers_removed(dropped)}")
        else:
            super().save_model(request, obj, form, change)
        if "_review" in request.POST:
            editing.send_to_review(obj)
        publishing.revise(
            obj, title=obj.title, body=text["body"], author=permissions.member(request), note=text["note"]
        )

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return self.response_change(request, obj)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        """Stay in the editor after saving."""
        messages.success(request, f"Revision {obj.latest_revision.number if obj.latest_revision else 0} saved.")
        if "_publish" in request.POST:
            self.publish(request, obj)
        return redirect("admin:knowledge_article_change", obj.pk)

    def publish(self, request: HttpRequest, article: Article) -> None:
        try:
            done = publishing.publish(article, by=permissions.member(request))
        except ServiceError as error:
            messages.error(request, error.sentence)
            return
        audit_log.record("article.published", article, request=request, **audit_log.name_of(article))
        passages = f"Published: {done.chunks} passage{pluralize(done.chunks)} ({done.new_chunks} new)."
        messages.success(request, f"{passages} {cached_answers_removed(done.dropped_answers)}")
        if done.by_words_alone:
            messages.warning(request, BY_WORDS_ALONE)

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        publishing.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        for article in queryset:
            publishing.delete(article)
