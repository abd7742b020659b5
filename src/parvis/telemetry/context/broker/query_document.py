"""`POST /entityOperations/query`: the same query as a document (ETSI GS CIM 009 V1.8.1, 5.2.23 and 6.23)."""

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, page_of
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.consumption import MAPS, answer_of
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.media import WITH_GEO
from parvis.telemetry.context.query.asking import wanted
from parvis.telemetry.context.query.given import given_by_document


@endpoint(
    "POST",
    "/entityOperations/query",
    right=Right.READ,
    body=Body.OBJECT,
    parameters=(*parameters.PAGING, parameters.FORMAT, parameters.OPTIONS, *MAPS, parameters.LOCAL),
    accepts=WITH_GEO,
    answers={200: "those that match"},
)
def _query(asked: Asked) -> Answer:
    """Finds entities by a Query document."""
    page = page_of(asked)
    return answer_of(asked, wanted(given_by_document(asked.body), asked.context), page)


ENDPOINTS: tuple[Endpoint, ...] = (_query,)
