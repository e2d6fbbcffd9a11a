"""Addresses where people and programs prove who they are.

Only those that we serve: django-allauth has more (open sign-up, sign-in on behalf of other sites,
devices), which nobody here needs and nobody could then forget to guard.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.idp.oidc import views as programs
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as application
from allauth.mfa.webauthn import views as key
from django.urls import URLPattern, URLResolver, include, path, re_path

from facturier.server.web import account as own

_factor: list[URLPattern | URLResolver] = [
    path("", own.page, name="mfa_index"),
    path("authenticate/", factor.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", application.activate_totp, name="mfa_activate_totp"),
    path("totp/deactivate/", application.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", codes.generate_recovery_codes,
         name="mfa_generate_recovery_codes"),
    path("webauthn/", own.page, name="mfa_list_webauthn"),
    path("webauthn/add/", key.add_webauthn, name="mfa_add_webauthn"),
    path("webauthn/login/", key.login_webauthn, name="mfa_login_webauthn"),
    path("webauthn/reauthenticate/", key.reauthenticate_webauthn,
         name="mfa_reauthenticate_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", key.remove_webauthn, name="mfa_remove_webauthn"),
    path("webauthn/keys/<int:pk>/edit/", key.edit_webauthn, name="mfa_edit_webauthn"),
]  # fmt: skip

_people: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key, name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done,
         name="account_reset_password_from_key_done"),
    path("sessions/fermer-les-autres/", own.end_other_sessions, name="end_other_sessions"),
    path("sessions/<slug:session>/fermer/", own.end_session, name="end_session"),
    path("mfa/", include(_factor)),
]  # fmt: skip

_programs: list[URLPattern | URLResolver] = [
    path("token", programs.token, name="token"),
    path("revoke", programs.revoke, name="revoke"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("compte/", include(_people)),
    path("identity/o/api/", include(_programs)),
]
