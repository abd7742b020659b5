"""`parvis context …`: @context documents an operator gives by hand, for deployments that reach no other server or want theirs pinned."""

import argparse
import sys
from pathlib import Path

from parvis.project.cli import with_django


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("context", help="load @context documents of NGSI-LD by hand", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    load = kinds.add_parser(
        "load",
        help="give the document of a URL",
        description="From now on the file is what the broker finds at the URL: it is not fetched any more. Copies fetched before are"
        " dropped; a running broker sees it within seconds. Loading again replaces the document.",
        epilog="Example: parvis context load https://smart-data-models.github.io/dataModel.Parking/context.jsonld parking.jsonld",
    )
    load.add_argument("url", metavar="URL", help="http(s) address by which clients name the @context")
    load.add_argument("file", type=Path, metavar="FILE", help='JSON: {"@context": …}')
    load.set_defaults(run=with_django(run_load))
    listed = kinds.add_parser("list", help="the documents loaded by hand, and those held", description=run_list.__doc__)
    listed.set_defaults(run=with_django(run_list))
    remove = kinds.add_parser(
        "remove",
        help="take back a document given by hand",
        description="The URL is fetched again when a client next names it.",
    )
    remove.add_argument("url", metavar="URL")
    remove.set_defaults(run=with_django(run_remove))


def run_load(options: argparse.Namespace) -> int:
    from parvis.kernel import clock
    from parvis.telemetry.context.broker.problems import BadRequestData
    from parvis.telemetry.context.jsonld.documents import load_by_hand
    from parvis.telemetry.context.jsonld.fetching import checked_document

    if not options.url.startswith(("http://", "https://")):
        print(f"{options.url}: not an http(s) address", file=sys.stderr)
        return 1
    try:
        document = checked_document(options.url, options.file.read_bytes())
        made = load_by_hand(options.url, document, now=clock.now())
    except OSError as error:
        print(f"{options.file}: {error.strerror}", file=sys.stderr)
        return 1
    except BadRequestData as error:
        print(f"{options.file}: {error.detail}", file=sys.stderr)
        return 1
    print(f"{options.url}: {'loaded' if made else 'replaced'}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """One line each: where it comes from (by hand, Hosted, Cached, ImplicitlyCreated), its uses, its URL or local id."""
    from parvis.telemetry.context.jsonld.documents import OPERATOR
    from parvis.telemetry.context.models import JsonLdContext

    for row in JsonLdContext.objects.defer("body").order_by("tenant_id", "id"):
        origin = "by hand" if row.tenant_id == OPERATOR else row.kind
        print(f"{origin:<17} {row.hits:>8}  {row.url or row.local_id}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    from parvis.telemetry.context.jsonld.documents import take_back

    if not take_back(options.url):
        print(f"{options.url}: not loaded by hand", file=sys.stderr)
        return 1
    return 0
