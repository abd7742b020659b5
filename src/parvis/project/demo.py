"""The demonstration city: who may sign in, and in which order packages fill it. Imports no Django at the top, as the
supervisor prints the accounts."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PASSWORD = "demonstration-parvis"  # noqa: S105 — printed on purpose; only `parvis demo` makes these accounts


@dataclass(frozen=True, kw_only=True)
class Account:
    """`rights` are permissions, or prefixes ending with a dot; `commune` grants them on the n-th largest commune."""

    email: str
    name: str
    what: str
    role: str = ""
    rights: tuple[str, ...] = ()
    commune: int | None = None
    team: str = ""


ACCOUNTS = (
    Account(
        email="admin@parvis.example",
        name="Nadia Ferrand",
        what="administratrice : tous les droits",
        role="Administration",
        rights=("",),
    ),
    Account(
        email="accueil@parvis.example",
        name="Malik Besson",
        what="agent d’accueil : signalements, appels",
        role="Accueil",
        rights=("requests.", "interventions.view", "context.view"),
    ),
    Account(
        email="controle@parvis.example",
        name="Jeanne Prost",
        what="opératrice de la salle de contrôle",
        role="Salle de contrôle",
        rights=("context.", "supervision.", "interventions.", "devices.view", "requests.view"),
    ),
    Account(
        email="equipe@parvis.example",
        name="Karim Lacroix",
        what="équipe de terrain : éclairage",
        role="Terrain",
        rights=("interventions.view", "interventions.perform"),
        team="Éclairage public",
    ),
    Account(
        email="commune@parvis.example",
        name="Élise Garnier",
        what="agent d’une commune : ne voit que la sienne",
        role="Accueil",
        rights=("requests.", "interventions.view", "context.view"),
        commune=1,
    ),
    Account(email="habitante@parvis.example", name="Claire Moreau", what="habitante"),
)


def load(
    *, epci: str, boundaries: Path | None, seed: int, scale: float, now: datetime, progress: Callable[[str], None]
) -> None:
    """The territory, then each package's `Demo` by order, then the accounts, whose presence says that all is loaded."""
    from parvis.foundations.organisations.services import create_from_territory
    from parvis.foundations.territory.services import load_territory
    from parvis.kernel.contributions import Demo, DemoScene
    from parvis.kernel.registry import registry

    report = load_territory(epci=epci, boundaries=boundaries, now=now, progress=progress)
    progress(f"· {report}")
    create_from_territory(now=now)
    for manifest, demo in sorted(registry.all(Demo), key=lambda found: found[1].order):
        rng = random.Random(f"{seed}/{manifest.name}")
        demo.load(
            DemoScene(now=now, seed=seed, rng=rng, progress=lambda line: progress(f"· {line}"), epci=epci, scale=scale)
        )
    progress("· comptes de démonstration")
    _let_agents_in_without_a_telephone(now)
    load_accounts(now)


def _let_agents_in_without_a_telephone(now: datetime) -> None:
    """A visitor has no authenticator enrolled: the demonstration, and it alone, does not ask agents for one."""
    from parvis.foundations.organisations.models import Organisation
    from parvis.foundations.organisations.services import change_settings
    from parvis.kernel.urn import SYSTEM

    for organisation in Organisation.objects.all():
        change_settings(organisation=organisation, values={"identity.require_totp": False}, now=now, actor=str(SYSTEM))


def is_loaded() -> bool:
    from parvis.foundations.identity.models import User

    return bool(User.objects.filter(email=ACCOUNTS[-1].email).exists())


def load_accounts(now: datetime) -> None:
    from django.db import transaction

    with transaction.atomic():
        for account in ACCOUNTS:
            _create(account, now)


def _create(account: Account, now: datetime) -> None:
    from django.utils.text import slugify

    from parvis.foundations.identity.models import User
    from parvis.foundations.identity.services import assign, create_agent, ensure_role
    from parvis.foundations.organisations.models import Organisation, Team
    from parvis.kernel.checks import permissions

    if User.objects.filter(email=account.email).exists():
        return
    if not account.role:
        resident = User(
            email=account.email, display_name=account.name, is_agent=False, email_confirmed_at=now, created_at=now
        )
        resident.set_password(PASSWORD)
        resident.save()
        return
    agent = create_agent(email=account.email, display_name=account.name, password=PASSWORD, now=now)
    held = sorted(
        permission
        for permission in permissions()
        if any(permission == right or (right in {"", permission.split(".")[0] + "."}) for right in account.rights)
    )
    role = ensure_role(code=slugify(account.role), label=account.role, permissions=held)
    organisation = Organisation.objects.main()
    if account.commune is not None:
        communes = Organisation.objects.filter(kind="commune").order_by("-area__population", "slug")
        organisation = communes[min(account.commune, len(communes) - 1)]
    assign(user=agent, role=role, organisation=None if account.rights == ("",) else organisation)
    if account.team and organisation is not None:
        team, _ = Team.objects.get_or_create(name=account.team, organisation=organisation)
        agent.teams.add(team)
