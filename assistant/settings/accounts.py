"""Accounts of staff: login, invitations, second factor, single sign-on."""

from typing import Any
from urllib.parse import urlsplit

from assistant.settings.environment import env
from assistant.settings.server import PUBLIC_URL

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

# Wrong passwords. A name is counted with the address they come from, and on its own with a higher limit.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES", default=5)
LOGIN_FAILURES_PER_NAME = env.int("LOGIN_FAILURES_PER_NAME", default=50)
AXES_COOLOFF_TIME = env.float("LOGIN_COOLOFF_HOURS", default=0.25)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "assistant.staff.permissions.counted_name"
AXES_CLIENT_IP_CALLABLE = "conversations.identity.client_ip.sender_of"
AXES_HANDLER = "assistant.accounts.lockout.LoginHandler"
AXES_LOCKOUT_CALLABLE = "assistant.accounts.lockout.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or who keeps trying would lock the owner out for good
AXES_ENABLE_ADMIN = False
KNOWN_BROWSER_DAYS = env.int("KNOWN_BROWSER_DAYS", default=180)  # that a browser counts as known after a login

INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
INVITATIONS_KEPT_DAYS = env.int("INVITATIONS_KEPT_DAYS", default=90)  # after they were accepted, revoked or expired
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_S", default=3600)

# The roles that need a second factor. A shop that is tried out on one machine has no https address, and needs none.
ROLES_WITH_SECOND_FACTOR = ["curator", "admin"] if urlsplit(PUBLIC_URL).scheme == "https" else []
STAFF_MFA_REQUIRED = env.list("STAFF_MFA_REQUIRED", default=ROLES_WITH_SECOND_FACTOR)  # "none" names no role

# Single sign-on with one OpenID Connect provider.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="SSO")  # on the button
OIDC_DOMAINS = env.list("OIDC_DOMAINS", default=[])  # of addresses whose owners get an account without an invitation
OIDC_DEFAULT_WORKSPACE = env.str("OIDC_DEFAULT_WORKSPACE", default="")  # slug
OIDC_DEFAULT_ROLE = env.str("OIDC_DEFAULT_ROLE", default="viewer")
OIDC_TRUST_EMAIL = env.bool("OIDC_TRUST_EMAIL", default=False)
OIDC_HAS_MFA = env.bool("OIDC_HAS_MFA", default=False)
OIDC_TIMEOUT_S = env.float("OIDC_TIMEOUT_S", default=5.0)

# django-allauth, whose pages are under /admin/account/.
ACCOUNT_ADAPTER = "assistant.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation is proof of the address
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]  # a code by mail has no page here
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Brevity] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
MFA_ADAPTER = "assistant.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Brevity"
MFA_TOTP_TOLERANCE = 1  # a code of the step before or after counts too; clocks differ
MFA_FORMS = {"add_webauthn": "assistant.accounts.forms.AddPasskeyForm"}
SOCIALACCOUNT_ADAPTER = "assistant.accounts.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = OIDC_TIMEOUT_S
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "oidc",
            "name": OIDC_NAME,
            "client_id": OIDC_CLIENT_ID,
            "secret": OIDC_CLIENT_SECRET,
            "settings": {"server_url": OIDC_ISSUER, "verified_email": OIDC_TRUST_EMAIL or None},
        }
    )
