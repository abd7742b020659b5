"""`parvis token …`: API tokens, for scripts and for network servers; the back office does it too."""

import argparse
import sys
from datetime import timedelta

from parvis.project.cli import with_django
from parvis.project.cli.user import find_organisation

DEFAULT_DAYS = 365


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("token", help="create an API token", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    create = kinds.add_parser(
        "create",
        help="a token with scopes and an expiry, shown once",
        description="Prints the token on standard output, alone, and only this once: its digest is stored.",
        epilog="Example: parvis token create --name 'LoRaWAN server' --scope devices.uplink --days 365",
    )
    create.add_argument("--name", required=True, help="what will use it")
    create.add_argument(
        "--scope", required=True, action="append", metavar="SCOPE", help="for example devices.uplink; repeatable"
    )
    create.add_argument(
        "--type", action="append", metavar="TYPE", help="limits broker scopes to entities of this type; repeatable"
    )
    create.add_argument(
        "--attribute", action="append", metavar="NAME", help="limits broker scopes to this attribute; repeatable"
    )
    create.add_argument(
        "--area", action="append", metavar="INSEE", help="limits broker scopes to this commune; repeatable"
    )
    create.add_argument("--tenant", action="append", metavar="NAME", help="broker tenant it also reaches; repeatable")
    create.add_argument("--organisation", metavar="SLUG", help="what it is limited to; the whole platform by default")
    create.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, metavar="N", help=f"days it is good for ({DEFAULT_DAYS})"
    )
    create.set_defaults(run=with_django(run_create))


def run_create(options: argparse.Namespace) -> int:
    from parvis.foundations.identity.services import create_token
    from parvis.kernel import clock
    from parvis.kernel.checks import permissions

    unknown = sorted(set(options.scope) - permissions())
    if unknown:
        print(f"no such scope: {', '.join(unknown)}; there are: {', '.join(sorted(permissions()))}", file=sys.stderr)
        return 1
    if options.days < 1:
        print("--days: at least one", file=sys.stderr)
        return 1
    now = clock.now()
    try:
        organisation = find_organisation(options.organisation)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    limits = {
        "types": options.type,
        "attributes": options.attribute,
        "areas": options.area,
        "tenants": options.tenant,
    }
    expires_at = now + timedelta(days=options.days)
    _token, secret = create_token(
        name=options.name,
        scopes=options.scope,
        organisation=organisation,
        expires_at=expires_at,
        created_by=None,
        now=now,
        limits={name: values for name, values in limits.items() if values},
    )
    print(secret)
    print(f"until {expires_at:%Y-%m-%d}; it will not be shown again", file=sys.stderr)
    return 0
