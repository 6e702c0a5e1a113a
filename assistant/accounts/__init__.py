"""Accounts of staff: invitations, login, second factors, sessions and single sign-on, on top of django-allauth."""
