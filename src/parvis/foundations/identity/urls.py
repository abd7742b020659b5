"""Addresses of accounts: the residents' pages on the portal, the administration in the back office."""

from django.urls import path

from parvis.foundations.identity.views.portal import account, links, sign_in

portal = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("second-factor", sign_in.second_factor, name="second_factor"),
    path("second-factor/set-up", sign_in.enrol, name="enrol"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("register", links.register, name="register"),
    path("confirm/<str:token>", links.confirm, name="confirm"),
    path("forgotten", links.forgotten, name="forgotten"),
    path("reset/<str:token>", links.reset, name="reset"),
    path("invitation/<str:token>", links.invitation, name="invitation"),
    path("confirm-email/<str:token>", links.confirm_email, name="confirm_email"),
    path("account", account.account, name="account"),
    path("account/password", account.password, name="password"),
    path("account/email", account.email, name="email"),
    path("account/recovery-codes", account.recovery_codes, name="recovery_codes"),
    path("account/export", account.export, name="export"),
    path("account/delete", account.delete, name="delete"),
    path("account/sessions/<str:session_id>/end", account.end_session, name="end_session"),
]
