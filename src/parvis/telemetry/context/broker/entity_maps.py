"""`/entityMaps` (ETSI GS CIM 009 V1.8.1, 5.14 and 6.31)."""

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, document, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.consumption import CONDITIONS, local_of
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.federation.entity_maps import HEADER, document_of, entity_map, made, path_of, prolong
from parvis.telemetry.context.models import EntityMap
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.query.asking import wanted
from parvis.telemetry.context.query.given import given_by_address

_ONE = "/entityMaps/{entityMapId}"


@endpoint(
    "GET",
    "/entityMaps",
    right=Right.READ,
    parameters=(
        *CONDITIONS,
        parameters.text("attrs", "attributes, comma separated: at least one is there"),
        parameters.DATASET,
        parameters.text("entityMapLifetime", "ISO 8601 duration for which the map is kept"),
        parameters.flag("splitEntities", "entities are spread over several sources"),
        parameters.LOCAL,
    ),
    answers={201: "the ids of what matches, kept for later pages"},
)
def _create(asked: Asked) -> Answer:
    """Makes a map of the entities that match."""
    asks = wanted(given_by_address(asked.query), asked.context)
    asks.check_breadth(local=asked.local)
    row, headers = made(asked, asks, local_of(asked, asks))
    return document(
        asked, document_of(row), status=201, headers=headers | {"Location": path_of(row), HEADER: path_of(row)}
    )


@endpoint("GET", _ONE, right=Right.READ, answers={200: "the map", 404: "there is none, or it has expired"})
def _retrieve(asked: Asked) -> Answer:
    """Reads a map."""
    return document(asked, document_of(_row(asked)))


@endpoint("PATCH", _ONE, right=Right.READ, body=Body.OBJECT, answers={204: "it expires then", 404: "there is none"})
def _update(asked: Asked) -> Answer:
    """Changes when a map expires."""
    prolong(_row(asked), asked.body)
    return nothing()


@endpoint("DELETE", _ONE, right=Right.READ, answers={204: "it is gone", 404: "there is none"})
def _delete(asked: Asked) -> Answer:
    """Deletes a map."""
    _row(asked).delete()
    return nothing()


def _row(asked: Asked) -> EntityMap:
    return entity_map(uri(asked.path["entityMapId"]), tenant_id=asked.tenant.id, now=asked.now)


ENDPOINTS: tuple[Endpoint, ...] = (_create, _retrieve, _update, _delete)
