"""The pages of the demo shop: a front page with the widget, and the help articles."""

from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assistant.workspaces.models import Workspace
from knowledge.articles.article_links import with_article_links
from knowledge.articles.rendering import as_html
from knowledge.models import Article, ArticleQuerySet

WORKSPACE_SLUG = "demo"
ARTICLES = settings.BASE_DIR / "templates" / "demo" / "articles"
# Titles of the folders that the demo's articles lie in, in the order they are shown.
SECTIONS = {
    "shipping": "Delivery",
    "returns": "Returns and refunds",
    "payments": "Paying",
    "products": "Choosing and using",
    "warranty": "Warranty and repair",
    "manuals": "Manuals",
    "accounts": "Your account",
    "company": "About us",
}
SHOWN_AT_ONCE = 5


class Product(NamedTuple):
    name: str
    kind: str
    line: str
    price: str
    pro_price: str
    picture: str
    article: str


PRODUCTS = (
    Product("Halo", "Desk lamp", "Even light, warm evenings.", "€89", "€159", "halo", "compare-halo-and-halo-pro"),
    Product("Mill", "Coffee grinder", "Quiet burrs, honest cups.", "€149", "€279", "mill", "compare-mill-and-mill-pro"),
    Product("Trace", "Bike computer", "Your ride, plainly.", "€139", "€229", "trace", "compare-trace-and-trace-pro"),
    Product("Beam", "E-bike light", "Seen, without dazzling.", "€59", "€109", "beam", "compare-beam-and-beam-pro"),
)
QUESTIONS = (
    "How long can I keep something before deciding I don’t want it?",
    "My Mill Pro shows E5, what now?",
    "How much do you charge to send something to Austria?",
    "Which of the two grinders should I buy for real espresso?",
    "Is the Beam OK with a 48 volt e-bike battery?",
    "How long until the money is back on my credit card?",
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    workspace = Workspace.objects.filter(slug=WORKSPACE_SLUG).first()
    shown = {"products": PRODUCTS, "questions": QUESTIONS, "sections": sections(workspace), "shop": workspace}
    return render(request, "demo/home.html", {**shown, "widget_key": widget_key(workspace)})


@require_safe
def article(request: HttpRequest, external_id: str) -> HttpResponse:
    workspace = Workspace.objects.filter(slug=WORKSPACE_SLUG).first()
    found = public_articles(workspace).filter(external_id=external_id).select_related("published_revision").first()
    if found is None or found.published_revision is None:
        raise Http404("There is no such article.")
    revision = found.published_revision
    text = as_html(with_article_links(revision.body, found))
    shown = {"title": revision.title, "text": text, "changed_at": revision.created_at}
    return render(request, "demo/article.html", {**shown, "widget_key": widget_key(workspace)})


def public_articles(workspace: Workspace | None) -> ArticleQuerySet:
    return Article.objects.published().filter(workspace=workspace, audience=Article.Audience.PUBLIC)


def widget_key(workspace: Workspace | None) -> str:
    widget = workspace and workspace.widgets.filter(enabled=True).first()
    return widget.public_key if widget else ""


@lru_cache(maxsize=1)
def section_of() -> dict[str, str]:
    """The section of each of the demo's own articles, by its id: the folder its file lies in."""
    return {path.stem: path.parent.name for path in ARTICLES.glob("*/*.md")}


def sections(workspace: Workspace | None) -> list[dict[str, object]]:
    """The published articles under their sections; what was added later stands under "More"."""
    grouped: dict[str, list[Article]] = defaultdict(list)
    for found in public_articles(workspace).exclude(external_id="").order_by("title"):
        grouped[section_of().get(found.external_id, "more")].append(found)
    titles = {**SECTIONS, "more": "More"}
    return [
        {"title": title, "first": grouped[name][:SHOWN_AT_ONCE], "rest": grouped[name][SHOWN_AT_ONCE:]}
        for name, title in titles.items()
        if grouped[name]
    ]
