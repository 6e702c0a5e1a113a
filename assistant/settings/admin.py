"""The staff admin and the log."""

from typing import Any

from django.urls import reverse_lazy

from assistant.settings.environment import env

UNFOLD: dict[str, Any] = {
    "LOGIN": {"form": "assistant.accounts.forms.StaffLoginForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Sign-in and security", "link": reverse_lazy("mfa_index")},
            {"title": "Sessions", "link": reverse_lazy("staff-sessions")},
        ]
    },
    "SITE_TITLE": "Brevity",
    "SITE_HEADER": "Brevity",
    "SITE_SUBHEADER": "Answers from your own articles",
    "SITE_SYMBOL": "chat_bubble",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/workspaces/icon.svg"}],
    "STYLES": ["/static/workspaces/staff.css"],
    "SCRIPTS": ["/static/workspaces/copy.js", "/static/workspaces/keyboard.js"],
    "SIDEBAR": {"show_search": False, "navigation": "conversations.admin.navigation.sidebar"},
    "DASHBOARD_CALLBACK": "conversations.reporting.dashboard.start_page",
    "COLORS": {  # teal instead of the theme's purple
        "primary": {
            "50": "oklch(97.5% .012 190)",
            "100": "oklch(94.5% .028 190)",
            "200": "oklch(89.5% .052 190)",
            "300": "oklch(82% .08 190)",
            "400": "oklch(71% .098 190)",
            "500": "oklch(60% .095 190)",
            "600": "oklch(50% .083 190)",
            "700": "oklch(43% .07 190)",
            "800": "oklch(37% .058 190)",
            "900": "oklch(32% .048 190)",
            "950": "oklch(22% .034 190)",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "assistant.server.log_filters.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
