"""`DELETE /entities`: all the entities of a query, or some attributes of theirs (ETSI GS CIM 009 V1.9.1, 5.6.21 and 6.4.3.3)."""

from collections.abc import Callable

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.consumption import CONDITIONS
from parvis.telemetry.context.broker.endpoints import Endpoint, Right, endpoint
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.broker.provision import batch_error, batch_result
from parvis.telemetry.context.federation.purges import purged_elsewhere
from parvis.telemetry.context.ngsild.attribute_operations import DropAttributes
from parvis.telemetry.context.ngsild.operations import Delete, Guard
from parvis.telemetry.context.query.asking import wanted
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.finding import Caller, bounded, everything
from parvis.telemetry.context.query.given import given_by_address
from parvis.telemetry.context.store.batching import submit
from parvis.telemetry.context.store.values import Operation, Stored

_BATCH = 1000


@endpoint(
    "DELETE",
    "/entities",
    right=Right.WRITE,
    parameters=(
        *CONDITIONS,
        parameters.text("attrs", "attributes, comma separated: at least one is there"),
        parameters.text("drop", "attributes to delete, instead of the entities"),
        parameters.text("keep", "attributes not to delete, instead of the entities"),
        parameters.LOCAL,
    ),
    answers={204: "purged", 207: "purged in part"},
)
def _purge(asked: Asked) -> Answer:
    """Deletes the entities that match, or some of their attributes."""
    asks = wanted(given_by_address(asked.query), asked.context)
    asks.check_breadth(local=asked.local)
    caller = Caller(tenant_id=asked.tenant.id, rights=asked.rights, now=asked.now)

    def still(stored: Stored) -> bool:
        return asked.rights.sees(stored) and matches(asks.query, stored)

    operation = _operation(asked, still)
    with bounded():
        urns = [thing.urn for thing in everything(asks.query, caller)]
    done, errors = [], purged_elsewhere(asked, asks)
    for start in range(0, len(urns), _BATCH):
        operations = [operation(urn) for urn in urns[start : start + _BATCH]]
        for outcome in submit(operations, tenant_id=asked.tenant.id, owner=asked.rights.organisation_id):
            if outcome.error is None:
                done.append(outcome.urn)
            elif not isinstance(outcome.error, ResourceNotFound):  # gone, or another thing by now: nothing to purge
                errors.append(batch_error(outcome.urn, outcome.error))
    return batch_result(done, errors) if errors else nothing()


def _operation(asked: Asked, still: Guard) -> Callable[[str], Operation]:
    """Of one entity. Raises BadRequestData."""
    if "keep" in asked.query and "drop" in asked.query:
        raise BadRequestData("keep and drop exclude each other.")
    for name in ("keep", "drop"):
        if name in asked.query:
            names = frozenset(map(asked.context.attribute_name, asked.query.listed(name)))
            others = name == "keep"
            return lambda urn: DropAttributes(urn=urn, only=still, names=names, others=others)
    return lambda urn: Delete(urn=urn, only=still)


ENDPOINTS: tuple[Endpoint, ...] = (_purge,)
