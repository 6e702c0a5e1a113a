"""Pages imported by address and by sitemap, from allowed hosts alone."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant.workspaces.models import Workspace
from knowledge.imports import web
from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.jobs import order
from knowledge.imports.models import Import
from knowledge.models import Article

PAGE = "<html><head><title>{0}</title></head><body><main><h1>{0}</h1><p>All about {0}.</p></main></body></html>"
Answers = dict[str, tuple[int, dict[str, str], bytes]]


class Site:
    """A web site on this machine. `answers` are (status, headers, body) by path, `asked` the paths called."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.port = port
        self.answers: Answers = {}
        self.asked: list[str] = []

    def page(self, path: str, title: str) -> None:
        self.answers[path] = (200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.format(title).encode())

    def sitemap(self, path: str, *locations: str, kind: str = "urlset") -> None:
        listed = "".join(f"<url><loc>{location}</loc></url>" for location in locations)
        self.answers[path] = (200, {"Content-Type": "application/xml"}, f"<?xml?><{kind}>{listed}</{kind}>".encode())

    def redirect(self, path: str, to: str) -> None:
        self.answers[path] = (302, {"Location": to}, b"")


def serve() -> tuple[ThreadingHTTPServer, Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, site


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    """The help center, which the operator allows though it is on this machine."""
    server, site = serve()
    settings.IMPORT_ALLOWED_HOSTS = ["127.0.0.1"]
    settings.WEBHOOK_ALLOWED_PRIVATE = [f"127.0.0.1:{site.port}"]
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def canary() -> Iterator[Site]:
    """Something else on this machine, which nobody may call."""
    server, site = serve()
    site.page("/", "Secret")
    yield site
    server.shutdown()
    server.server_close()


def codes(items: Any) -> list[str]:
    return [item.code for item in items if isinstance(item, Refusal)]


def test_a_page_becomes_an_article_that_is_known_by_its_address(site: Site) -> None:
    site.page("/help/returns", "Returns")

    (document,) = web.documents_from(f"{site.root}/help/returns")

    assert isinstance(document, Document)
    assert (document.external_id, document.title) == ("127.0.0.1/help/returns", "Returns")
    assert document.url == f"{site.root}/help/returns"
    assert "All about Returns." in document.text


@pytest.mark.django_db(transaction=True)
def test_a_sitemap_of_sitemaps_is_imported_page_by_page(site: Site, workspace: Workspace) -> None:
    for name in ("a", "b"):
        site.page(f"/{name}", name.upper())
    site.sitemap("/inner.xml", f"{site.root}/a", f"{site.root}/b?x=1&amp;y=2", f"{site.root}/a")
    site.sitemap("/sitemap.xml", f"{site.root}/inner.xml", kind="sitemapindex")
    site.answers["/b?x=1&y=2"] = site.answers["/b"]

    ordered = order(workspace, url=f"{site.root}/sitemap.xml")
    again = order(workspace, url=f"{site.root}/sitemap.xml")

    ordered.refresh_from_db()
    again.refresh_from_db()
    assert ordered.status == Import.Status.DONE
    assert sorted(ordered.report["added"]) == ["127.0.0.1/a", "127.0.0.1/b?x=1&y=2"]
    assert again.counts["unchanged"] == 2
    assert set(Article.objects.values_list("status", flat=True)) == {"draft"}


def test_a_redirect_is_followed_where_its_target_is_allowed(site: Site) -> None:
    site.page("/new", "New")
    site.redirect("/old", "/new")

    (document,) = web.documents_from(f"{site.root}/old")

    assert isinstance(document, Document)
    assert document.title == "New"


def test_a_redirect_does_not_lead_into_our_own_network(site: Site, canary: Site) -> None:
    targets = (
        canary.root,
        f"https://127.0.0.1:{canary.port}/",
        "https://169.254.169.254/",
        "file:///etc/passwd",
        "//[",
    )
    for number, target in enumerate(targets):
        site.redirect(f"/{number}", target)

    refused = [codes(web.documents_from(f"{site.root}/{number}")) for number in range(len(targets))]

    assert all(code in (["host_not_allowed"], ["invalid_url"]) for code in refused)
    assert canary.asked == []


def test_a_sitemap_does_not_lead_to_other_hosts(site: Site, canary: Site, settings: Any) -> None:
    site.sitemap("/sitemap.xml", f"{site.root}/a", "https://elsewhere.test/b", f"{canary.root}/", "//[")

    pages = web.pages_at(f"{site.root}/sitemap.xml")

    assert codes(item for page in pages[1:] for item in web.documents_from(page)) == [
        "host_not_allowed",
        "invalid_url",
        "invalid_url",
    ]
    assert canary.asked == []


def test_redirects_in_a_circle_come_to_an_end(site: Site, settings: Any) -> None:
    settings.IMPORT_MAX_REDIRECTS = 2
    site.redirect("/round", "/round")

    assert codes(web.documents_from(f"{site.root}/round")) == ["too_many_redirects"]
    assert len(site.asked) == settings.IMPORT_MAX_REDIRECTS + 1


def test_a_sitemap_of_too_many_pages_or_sitemaps_is_refused_whole(site: Site, settings: Any) -> None:
    settings.IMPORT_MAX_FILES, settings.IMPORT_MAX_SITEMAPS = 2, 1
    site.sitemap("/two.xml", f"{site.root}/a", f"{site.root}/b")
    site.sitemap("/three.xml", *(f"{site.root}/{name}" for name in "abc"))
    site.sitemap("/both.xml", f"{site.root}/two.xml", f"{site.root}/three.xml", kind="sitemapindex")

    assert len(web.pages_at(f"{site.root}/two.xml")) == 2
    for name in ("three", "both"):
        with pytest.raises(Refused) as refused:
            web.pages_at(f"{site.root}/{name}.xml")
        assert refused.value.code == "too_many_pages"


@pytest.mark.parametrize(
    "url",
    [
        "http://help.test/",
        "ftp://help.test/",
        "https://help.test@127.0.0.1/",
        "https://127.0.0.1\\@help.test/",
        "https://help.test.evil.test/",
        "https://xhelp.test/",
        "https:///",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost./",
    ],
)
def test_an_address_that_only_looks_allowed_is_refused(settings: Any, url: str) -> None:
    settings.IMPORT_ALLOWED_HOSTS = ["help.test", "*.help.test"]

    with pytest.raises(Refused):
        web.check(url)


@pytest.mark.parametrize(
    "url", ["https://help.test/a", "https://HELP.test./", "https://de.help.test/", "https://help.test:8443/"]
)
def test_an_allowed_host_and_those_below_it_pass(settings: Any, url: str) -> None:
    settings.IMPORT_ALLOWED_HOSTS = ["Help.test", "*.help.test"]

    web.check(url)


def test_an_allowed_name_that_stands_for_a_private_address_is_not_called(canary: Site, settings: Any) -> None:
    settings.IMPORT_ALLOWED_HOSTS = ["localhost"]

    assert codes(web.documents_from(f"https://localhost:{canary.port}/")) == ["host_not_allowed"]
    assert canary.asked == []


def huge(site: Site) -> None:
    site.answers["/page"] = (200, {"Content-Type": "text/html"}, b"a" * 5_000)


def missing(site: Site) -> None:
    site.answers.pop("/page", None)


def picture(site: Site) -> None:
    site.answers["/page"] = (200, {"Content-Type": "image/png"}, b"\x89PNG")


def broken(site: Site) -> None:
    site.answers["/page"] = (200, {"Content-Type": "text/html"}, b"<p>\xff\xfe\xfa")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(huge, "too_large"), (missing, "unreachable"), (picture, "unknown_format"), (broken, "invalid_encoding")],
)
def test_a_page_that_cannot_be_read_is_refused_with_a_code(
    site: Site, settings: Any, spoil: Callable[[Site], None], code: str
) -> None:
    settings.IMPORT_FILE_MAX_BYTES = 4_000
    spoil(site)

    assert codes(web.documents_from(f"{site.root}/page")) == [code]
