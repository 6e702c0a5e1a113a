"""Staff accounts: invitations, login, second factors, sessions and single sign-on, built on django-allauth."""
