"""Is this process able to answer? For supervisors and load balancers."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from parvis.kernel.access import public
from parvis.kernel.errors import Problem, problem_response


@public
def health(request: HttpRequest) -> HttpResponse:
    """200 `{"status": "ok"}` when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return problem_response(Problem(status=503, title="the database does not answer"))
    return JsonResponse({"status": "ok"})
