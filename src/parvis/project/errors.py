"""Pages and problem+json of the errors Django itself raises."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.kernel.errors import Problem, problem_response


def _answer(request: HttpRequest, status: int, title: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return problem_response(Problem(status=status, title=title))
    return render(request, f"errors/{status}.html", {"reason": title}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, _("La demande n’a pas pu être comprise."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, _("Vous n’avez pas le droit d’accéder à cette page."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, _("Cette page n’existe pas ou n’existe plus."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(
        request, 500, _("Une erreur est survenue de notre côté. Rien de ce qui était enregistré n’est perdu.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request,
        403,
        _("La page était ouverte depuis trop longtemps : revenez en arrière, rechargez-la et renvoyez le formulaire."),
    )
