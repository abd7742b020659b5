"""Who is asking, and where they were: what every page of the console needs."""

from typing import TypeVar, cast

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from parvis.foundations.identity.models import User
from parvis.telemetry.context.console.rights import ADMINISTER, has_whole

M = TypeVar("M", bound=Model)

PAGE_SIZE = 25


def agent(request: HttpRequest) -> User:
    return cast(User, request.user)


def page_of(request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def console(request: HttpRequest, here: str) -> dict[str, object]:
    """What the frame of the console draws: its sections, as far as this agent may open them."""
    return {"here": here, "whole": has_whole(request), "may_administer_whole": has_whole(request, ADMINISTER)}


def confirmation(
    request: HttpRequest,
    *,
    here: str,
    title: str | Promise,
    text: str | Promise,
    button: str | Promise,
    back: str,
    what: str,
) -> HttpResponse:
    """Asks once more before what cannot be undone; the form is posted to the same address."""
    context = {**console(request, here), "title": title, "text": text, "button": button, "back": back, "what": what}
    return render(request, "context/console/confirm.html", context)
