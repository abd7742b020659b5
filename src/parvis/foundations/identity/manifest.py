from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity import events, personal, rates, reactions, retention
from parvis.foundations.identity.models import (
    ApiToken,
    Assignment,
    AttemptRecord,
    ExternalIdentity,
    RateCount,
    RecoveryCode,
    Role,
    Session,
    TotpDevice,
    User,
)
from parvis.foundations.identity.notices import NOTICES
from parvis.kernel.contributions import NoPersonalData, On, Permission, Retention, Setting, SubjectData
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="identity",
    label=_("Comptes et droits"),
    provides=(
        Permission(code="view", label=_("Consulter les comptes des agents")),
        Permission(code="manage", label=_("Créer et gérer les comptes des agents, attribuer des rôles")),
        Permission(code="residents", label=_("Consulter et gérer les comptes des habitants")),
        Permission(code="roles", label=_("Définir les rôles")),
        Permission(code="tokens", label=_("Créer et révoquer les jetons d’accès")),
        Setting(
            key="require_totp",
            label=_("Exiger un second facteur des agents"),
            kind=bool,
            default=True,
            help=_("À sa première connexion, chaque agent relie une application d’authentification à son compte."),
        ),
        On(event=events.ResidentRegistered, handler=reactions.send_confirmation),
        On(event=events.AgentInvited, handler=reactions.send_invitation),
        On(event=events.PasswordResetAsked, handler=reactions.send_reset),
        On(event=events.EmailChangeAsked, handler=reactions.send_email_change),
        On(event=events.PasswordChanged, handler=reactions.send_password_changed),
        *NOTICES,
        SubjectData(label=_("Compte"), export=personal.export, erase=personal.erase),
        Retention(
            model=User,
            purpose=_("Ouvrir et protéger un compte d’habitant ou d’agent"),
            legal_basis=_("Mission d’intérêt public (RGPD, article 6.1.e)"),
            personal_fields=("email", "new_email", "display_name", "last_login", "language"),
            keep_days=retention.INACTIVE_DAYS,
            starts=_("la dernière connexion"),
            purge=retention.purge_accounts,
        ),
        Retention(
            model=Session,
            purpose=_("Garder une connexion ouverte et la reconnaître"),
            legal_basis=_("Mission d’intérêt public (RGPD, article 6.1.e)"),
            personal_fields=("user", "address", "browser"),
            keep_days=30,
            starts=_("la dernière activité"),
            purge=retention.purge_sessions,
        ),
        Retention(
            model=AttemptRecord,
            purpose=_("Ralentir qui essaie des mots de passe"),
            legal_basis=_("Obligation légale de sécurité (RGPD, article 32)"),
            personal_fields=("account", "address"),
            keep_days=1,
            starts=_("le dernier essai"),
            purge=rates.purge_attempts,
        ),
        Retention(
            model=RateCount,
            purpose=_("Limiter le débit des demandes"),
            legal_basis=_("Obligation légale de sécurité (RGPD, article 32)"),
            personal_fields=("key",),
            keep_days=1,
            starts=_("la première demande comptée"),
            purge=rates.purge_rates,
        ),
        Retention(
            model=ApiToken,
            purpose=_("Reconnaître les programmes qui appellent les interfaces"),
            legal_basis=_("Mission d’intérêt public (RGPD, article 6.1.e)"),
            personal_fields=("created_by",),
            keep_days=retention.TOKEN_DAYS,
            starts=_("la fin de validité"),
            purge=retention.purge_tokens,
        ),
        NoPersonalData(model=Role, why="a name and a set of permissions"),
        NoPersonalData(model=Assignment, why="which account has which role: ends with the account"),
        NoPersonalData(model=ExternalIdentity, why="an opaque identifier at another provider: ends with the account"),
        NoPersonalData(model=TotpDevice, why="a random secret: ends with the account"),
        NoPersonalData(model=RecoveryCode, why="digests of random codes: end with the account"),
    ),
)
