"""The start page lists what a shop still has to set up, until nothing is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from assistant.llm import registry
from assistant.llm.connections.models import ModelConnection
from assistant.workspaces.models import Membership, Widget, Workspace
from knowledge.articles import publishing
from tests.admin.conftest import article_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _set_in_the_admin(settings: Any) -> Any:
    settings.MODEL_CONNECTIONS, settings.MODEL_CONNECTIONS_FRESH_S = True, 0.0
    settings.STAFF_MFA_REQUIRED = []
    settings.ENGINES, settings.TIERS, settings.EMAIL_HOST = {}, {"large": [], "small": []}, ""
    registry.forget()
    yield
    registry.forget()


def todo(client: Any) -> list[str]:
    page = client.get(reverse("admin:index"))
    return [step.name for step in page.context["setup_steps"] if not step.is_done]


def test_each_step_goes_when_it_is_done_and_the_list_with_the_last(staff: Any, workspace: Workspace, settings: Any):
    client = staff("admin")
    left = [todo(client)]

    publishing.publish(article_of(workspace))
    left.append(todo(client))
    ModelConnection.objects.create(workspace=workspace, name="Ours", preset="custom", base_url="http://x/v1", model="m")
    registry.current.refresh()
    left.append(todo(client))
    Widget.objects.create(workspace=workspace, origins=["https://shop.example"])
    left.append(todo(client))
    bob = get_user_model().objects.create_user("bob", is_staff=True, email="bob@shop.example")
    Membership.objects.create(user=bob, workspace=workspace, role="admin")
    left.append(todo(client))
    settings.EMAIL_HOST = "smtp.shop.example"
    left.append(todo(client))
    settings.STAFF_MFA_REQUIRED = ["curator"]
    page = client.get(reverse("admin:index"))

    every = ["articles", "model", "widget", "team", "mail", "second_factor"]
    assert left == [every, every[1:], every[2:], every[3:], every[4:], every[5:]]
    assert page.context["setup_steps"] == []
    assert "Finish your setup" not in page.content.decode()


def test_what_is_missing_has_a_link_and_a_reason(staff: Any):
    page = staff("admin").get(reverse("admin:index")).content.decode()

    assert f'<a href="{reverse("admin:llm_modelconnection_changelist")}">Connect a model</a>' in page
    assert "Without one, replies are quoted from the articles." in page


def test_several_shops_are_named(superuser: Any, workspace: Workspace, other_shop: Workspace):
    publishing.publish(article_of(workspace))

    page = superuser.get(reverse("admin:index"))

    articles = page.context["setup_steps"][0]
    assert (articles.is_done, articles.missing_in) == (False, "Globex")


@pytest.mark.parametrize("role", ["viewer", "agent", "curator"])
def test_who_sets_nothing_up_is_not_asked_to(staff: Any, role: str):
    assert staff(role).get(reverse("admin:index")).context["setup_steps"] == []
