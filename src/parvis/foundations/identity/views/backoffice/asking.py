"""Who is asking, typed: `AccessMiddleware` has seen to it that the view is reached by an account with rights."""

from typing import TypeVar, cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rights import Rights
from parvis.kernel.errors import Refusal

M = TypeVar("M", bound=Model)

PAGE_SIZE = 25


def asker(request: HttpRequest) -> tuple[User, Rights]:
    return cast(User, request.user), rights_of(request)


def page_of(request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def tell(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, str(refusal))
