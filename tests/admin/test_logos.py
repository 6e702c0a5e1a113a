"""A widget's logo: uploaded by staff, re-encoded, and served only as a picture."""

import io
import json
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.urls import reverse
from PIL import Image

from assistant.uploads import images
from assistant.workspaces.models import Logo, Widget, Workspace
from tests.assistant.uploads.test_images import picture

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><circle r='9'/></svg>"


@pytest.fixture
def save(staff, workspace):
    """Post the page of a widget: `save(logo=content)` gives the errors of the field."""
    widget = Widget.objects.create(workspace=workspace, public_key="wk_acme")
    client = staff("admin")

    def saved(logo=None, **more):
        form = {
            "workspace": workspace.pk,
            "name": "Website",
            "enabled": "on",
            "origins": "",
            "suggestions": "",
            "greeting": "Hello",
            "accent": "#0f5c4f",
            "position": "left",
            "dark": "auto",
            "locale": "en",
            "identity_secret": "s3cret",
            **more,
        }
        if logo is not None:
            form["logo"] = SimpleUploadedFile("logo.png", logo, "image/png")
        answer = client.post(reverse("admin:workspaces_widget_change", args=[widget.pk]), form)
        return answer.context["adminform"].form.errors.get_json_data() if answer.status_code == 200 else {}

    return saved


def told(client) -> str | None:
    """Where the widget is told to fetch the logo."""
    return json.loads(client.get("/api/v1/widget/config/?widget=wk_acme").content)["logo"]


def drawn(kind: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_served_small_as_a_png_that_cannot_run(save, client, kind):
    assert save(drawn(kind, (900, 600))) == {}

    answer = client.get(told(client))

    with Image.open(io.BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (162, 108))
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "immutable" in answer["Cache-Control"]


def test_nothing_but_the_picture_comes_through(save, client):
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=exif, comment=b"taken at home")

    save(file.getvalue() + b"<script>alert(1)</script>")

    kept = bytes(Logo.objects.get().content)
    assert b"taken at home" not in kept
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert shown.info == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "logo_type_refused"),
        (b"<?xml version='1.0'?>" + SVG, "logo_type_refused"),
        (b"<script>alert(1)</script>", "logo_type_refused"),
        (b"%PDF-1.7 and so on", "logo_type_refused"),
        (drawn("GIF", (9, 9)), "logo_type_refused"),
        (b"\x89PNG\r\n\x1a\n and so on", "attachment_unreadable"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name_says(save, client, content, code):
    refused = save(content)

    assert [error["code"] for error in refused["logo"]] == [code]
    assert told(client) is None


def test_a_file_that_is_too_large_is_refused(save, settings):
    content = picture()
    settings.LOGO_MAX_BYTES = len(content) - 1

    assert [error["code"] for error in save(content)["logo"]] == ["logo_too_large"]
    assert not Logo.objects.exists()


def test_a_logo_stays_until_another_takes_its_place_or_it_is_removed(save, client):
    save(drawn("PNG", (40, 30)))
    first = told(client)
    save(greeting="Welcome")
    stayed = told(client)
    save(drawn("PNG", (30, 40)))
    second = told(client)
    save(**{"logo-clear": "on"})

    assert first == stayed != second
    assert client.get(first).status_code == client.get(second).status_code == 404
    assert told(client) is None


def test_a_logo_is_found_under_its_own_widget_alone(save, client, other_shop: Workspace):
    save(drawn("PNG", (40, 30)))
    Widget.objects.create(workspace=other_shop, public_key="wk_globex")

    assert client.get(told(client).replace("wk_acme", "wk_globex")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_logo_that_waits_for_its_turn_holds_no_connection(save, client):
    """B4."""

    def save_and_let_go():
        save(drawn("PNG", (40, 30)))
        connections.close_all()

    def lent():
        pool = connection.pool.get_stats()
        return pool["pool_size"] - pool["pool_available"]

    saving = threading.Thread(target=save_and_let_go)
    of_the_test = lent()
    with images.QUEUE.turn():
        saving.start()
        while len(images.QUEUE.line) < 2 and saving.is_alive():
            saving.join(0.01)
        waits, lent_meanwhile = saving.is_alive(), lent()
    saving.join()

    assert waits
    assert lent_meanwhile <= of_the_test
    assert told(client)
