"""Passkeys, codes of an app, and the pages of accounts, in Chromium. The pictures are kept in tests/artefacts."""

from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from playwright.async_api import Page, expect

from assistant.accounts import invitations
from assistant.accounts.models import Invitation
from assistant.workspaces.models import Membership
from tests.assistant.accounts.conftest import PASSWORD, code_of_app
from tests.browser.test_looks import PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
async def bob(workspace: Any, in_database: Any) -> User:
    def made() -> User:
        user = User.objects.create_user("bob", "bob@shop.example", PASSWORD, is_staff=True, first_name="Bob")
        Membership.objects.create(user=user, workspace=workspace, role="curator")
        return user

    return await in_database(made)


@pytest.fixture
def site(server: str) -> str:
    """Passkeys need a name: browsers refuse them for an address of numbers."""
    return f"http://localhost:{server.rpartition(':')[2]}"


async def page_of(browser: Any, size: dict[str, int]) -> tuple[Page, list[str]]:
    """Return a page, and what its content security policy refused."""
    context = await browser.new_context(viewport=size)
    page, refused = await context.new_page(), []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    return page, refused


async def log_in(page: Page, site: str) -> None:
    await page.goto(f"{site}/admin/login/")
    await page.locator("input[name=username]").fill("bob")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=False).first.click()


async def picture(page: Page, name: str) -> None:
    """Keep a picture; nothing may reach over the edge of the screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"account-{name}.png", full_page=True, animations="disabled")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


async def test_a_passkey_logs_in_after_the_password_or_without_it_even_when_the_name_is_locked(
    browser, bob, site, settings
):
    settings.STAFF_MFA_REQUIRED, settings.LOGIN_FAILURES_PER_NAME = ["curator"], 1
    page, refused = await page_of(browser, SIZES["desktop"])
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    await log_in(page, site)
    await expect(page.get_by_text("Your role needs a second factor.")).to_be_visible()
    await page.get_by_role("link", name="Add a passkey").click()
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    await page.goto(f"{site}/admin/")
    await expect(page.get_by_text("Conversations today")).to_be_visible()
    await page.goto(f"{site}/admin/account/security/webauthn/")
    await expect(page.get_by_text("Passkey 1")).to_be_visible()
    await page.context.clear_cookies()
    await log_in(page, site)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_text("Conversations today")).to_be_visible()
    await page.context.clear_cookies()
    stranger, _ = await page_of(browser, SIZES["desktop"])
    await stranger.goto(f"{site}/admin/login/")
    await stranger.locator("input[name=username]").fill("bob")
    await stranger.locator("input[name=password]").fill("wrong")
    await stranger.get_by_role("button", name="Log in", exact=False).first.click()
    await log_in(page, site)
    await expect(page.get_by_text("Too many wrong passwords.")).to_be_visible()
    await page.get_by_role("button", name="Log in with a passkey").click()
    await expect(page.get_by_text("Conversations today")).to_be_visible()

    assert refused == []


async def test_a_browser_without_a_passkey_says_so(browser, bob, site):
    page, _ = await page_of(browser, SIZES["desktop"])
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    await page.goto(f"{site}/admin/login/")

    await page.get_by_role("button", name="Log in with a passkey").click()

    await expect(page.get_by_text("That didn't work.")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_an_app_is_set_up_and_asked_for(browser, bob, site, size):
    page, refused = await page_of(browser, SIZES[size])

    await picture_of_login(page, site, size)
    await log_in(page, site)
    await page.goto(f"{site}/admin/account/security/")
    await picture(page, f"{size}-security")
    await page.get_by_role("link", name="Set up").click()
    secret = await page.get_by_label("Authenticator secret").input_value()
    assert await page.get_by_role("img").last.evaluate("image => image.naturalWidth > 0")
    await picture(page, f"{size}-app")
    await page.get_by_label("Authenticator code").fill(code_of_app(secret))
    await page.get_by_role("button", name="Activate").click()
    await expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    await picture(page, f"{size}-codes")
    await page.goto(f"{site}/admin/account/sessions/")
    await expect(page.get_by_text("this one")).to_be_visible()
    await picture(page, f"{size}-sessions")
    await page.context.clear_cookies()
    await log_in(page, site)
    await expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    await picture(page, f"{size}-code")
    await page.get_by_label("Code").fill(code_of_app(secret))
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Conversations today")).to_be_visible()

    assert refused == []


async def picture_of_login(page: Page, site: str, size: str) -> None:
    await page.goto(f"{site}/admin/login/")
    await picture(page, f"{size}-login")


@pytest.mark.parametrize("size", SIZES)
async def test_an_invited_colleague_fits_the_screen(browser, bob, site, workspace, in_database, size):
    project_address = project.PUBLIC_URL
    await in_database(User.objects.filter(pk=bob.pk).update, is_superuser=True)
    invitation = Invitation(workspace=workspace, email="dora@shop.example", role="agent")
    token = await in_database(invitations.invite, invitation, await User.objects.aget(pk=bob.pk))
    page, refused = await page_of(browser, SIZES[size])

    await page.goto(invitations.link(token).replace(project_address, site))
    await picture(page, f"{size}-invitation")
    await page.get_by_label("Your name").fill("Dora")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_text("Conversations today")).to_be_visible()

    assert refused == []
