"""`parvis user …`: accounts, for the first administrator and for scripts; afterwards, the back office does it."""

import argparse
import sys
from typing import TYPE_CHECKING

from parvis.project.cli import with_django

if TYPE_CHECKING:
    from parvis.foundations.identity.models import Role, User
    from parvis.foundations.organisations.models import Organisation

ADMINISTRATOR = "administrator"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("user", help="create an account", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    create = kinds.add_parser(
        "create",
        help="an account, resident or agent, with a role on an organisation",
        description="Creates an account whose address is held to be confirmed. Without --password-stdin it prints the link by which"
        " the person chooses a password. The role 'administrator' (every right) is made when it does not exist.",
        epilog="Example: parvis user create --email nadia@ville.fr --agent --role administrator",
    )
    create.add_argument("--email", required=True, metavar="ADDRESS")
    create.add_argument("--name", default="", help="name shown; the address without its domain by default")
    create.add_argument("--agent", action="store_true", help="an agent; a resident by default")
    create.add_argument("--role", metavar="CODE", help="role given to the agent")
    create.add_argument("--organisation", metavar="SLUG", help="where the role holds; the whole platform by default")
    create.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of standard input"
    )
    create.set_defaults(run=with_django(run_create))


def run_create(options: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email
    from django.db import transaction

    from parvis.foundations.identity.passwords import check_password_choice
    from parvis.kernel.errors import Refusal

    name = options.name or options.email.partition("@")[0]
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
    try:
        validate_email(options.email)
        if options.role and not options.agent:
            raise ValidationError("--role is for agents: add --agent")
        if password is not None:
            check_password_choice(password, is_agent=options.agent, about=(name, options.email))
        with transaction.atomic():
            user = _create(options, name, password)
    except ValidationError as error:
        print("\n".join(error.messages), file=sys.stderr)
        return 1
    except (Refusal, LookupError) as error:
        print(error.args[0] if error.args else error, file=sys.stderr)
        return 1
    print(f"{'agent' if user.is_agent else 'resident'} {user.email}")
    if password is None:
        print(f"choose the password within seven days at {_link(user)}")
    return 0


def _create(options: argparse.Namespace, name: str, password: str | None) -> "User":
    """Raises a `Refusal` for an address already taken, `LookupError` for an unknown role or organisation."""
    from parvis.foundations.identity.services.accounts import create_confirmed
    from parvis.kernel import clock

    return create_confirmed(
        email=options.email,
        display_name=name,
        password=password,
        is_agent=options.agent,
        role=_role(options.role) if options.role else None,
        organisation=find_organisation(options.organisation),
        now=clock.now(),
    )


def _role(code: str) -> "Role":
    from parvis.foundations.identity.models import Role
    from parvis.foundations.identity.models.rights import ALL
    from parvis.foundations.identity.services import ensure_role

    role = Role.objects.filter(code=code).first()
    if role is None and code == ADMINISTRATOR:
        return ensure_role(code=ADMINISTRATOR, label="Administration", permissions=[ALL])
    if role is None:
        known = sorted({ADMINISTRATOR, *Role.objects.values_list("code", flat=True)})
        raise LookupError(f"no role {code!r}; there are: {', '.join(known)}")
    return role


def find_organisation(slug: str | None) -> "Organisation | None":
    """None for the whole platform. Raises `LookupError`."""
    from parvis.foundations.organisations.models import Organisation

    if not slug:
        return None
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is None:
        raise LookupError(f"no organisation {slug!r}")
    return organisation


def _link(user: "User") -> str:
    from django.urls import reverse

    from parvis.foundations.identity.links import INVITE, make_link_token
    from parvis.foundations.identity.reactions import absolute_url
    from parvis.foundations.organisations.models import Organisation
    from parvis.kernel import clock

    token = make_link_token(user, INVITE, clock.now())
    return absolute_url(Organisation.objects.main(), reverse("portal:identity:invitation", args=[token]))
