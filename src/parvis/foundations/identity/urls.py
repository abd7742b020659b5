"""Addresses of accounts: the residents' pages on the portal, the administration in the back office."""

from django.urls import path

from parvis.foundations.identity.views.backoffice import agents, residents, roles, tokens
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

backoffice = [
    path("agents/", agents.index, name="agents"),
    path("agents/new", agents.invite, name="invite"),
    path("agents/<uuid:uid>", agents.agent, name="agent"),
    path("agents/<uuid:uid>/roles/<int:assignment_id>/withdraw", agents.withdraw, name="withdraw"),
    path("agents/<uuid:uid>/<slug:action>", agents.act, name="act_on_agent"),
    path("residents/", residents.index, name="residents"),
    path("residents/<uuid:uid>", residents.resident, name="resident"),
    path("residents/<uuid:uid>/<slug:action>", residents.act, name="act_on_resident"),
    path("roles/", roles.index, name="roles"),
    path("roles/new", roles.create, name="new_role"),
    path("roles/<slug:code>", roles.edit, name="role"),
    path("roles/<slug:code>/delete", roles.delete, name="delete_role"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/new", tokens.create, name="new_token"),
    path("tokens/<int:token_id>/revoke", tokens.revoke, name="revoke_token"),
]
