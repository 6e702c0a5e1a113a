"""URLs of the login and of /admin/account/: our own pages, and those of django-allauth that staff need.

django-allauth finds its pages by these names. Its other pages, such as sign-up, have no URL here and so do not exist.
"""

from allauth.account import views as account
from allauth.socialaccount.providers.openid_connect.views import callback
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from assistant.accounts import single_sign_on, views
from assistant.accounts.login import StaffLogin

passwords = [
    path("", account.password_reset, name="account_reset_password"),
    path("sent/", account.password_reset_done, name="account_reset_password_done"),
    path("changed/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]

pages = [
    path("", RedirectView.as_view(pattern_name="mfa_index"), name="staff-account"),
    path("invitation/", views.accept_invitation, name="staff-invitation-accept"),
    path("invitation/<str:token>/", views.open_invitation, name="staff-invitation"),
    path("sessions/", views.own_sessions, name="staff-sessions"),
    path("sessions/end/", views.end_session, name="staff-sessions-end"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", include(passwords)),
    path("security/", include("allauth.mfa.urls")),
    path("single-sign-on/", single_sign_on.start, name="staff-single-sign-on"),
    path("single-sign-on/<slug:provider_id>/callback/", callback, name="openid_connect_callback"),
]

urlpatterns = [
    path("login/", StaffLogin.as_view(), name="account_login"),
    path("account/", include(pages)),
]
