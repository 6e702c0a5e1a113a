from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "assistant.accounts"
    label = "staff_accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from assistant.accounts import checks, second_factor  # noqa: F401  # register themselves
