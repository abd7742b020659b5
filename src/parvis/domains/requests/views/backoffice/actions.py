"""The decisions offered on a request's page: when, with which form, by which service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.forms import triage as forms
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import CLOSED_STATES, OPEN_STATES, State
from parvis.domains.requests.services import correspondence, routing, triage
from parvis.foundations.identity.models import User


@dataclass(frozen=True, kw_only=True)
class Action:
    """`run` is given the cleaned form, who acts and when; `done` is what they are told."""

    code: str
    label: Promise
    icon: str
    form: type[Any]
    states: frozenset[State]
    run: Callable[[Request, Any, User, datetime], object]
    done: Promise
    tone: str = "secondary"
    button: Promise | str = ""
    """What the form's button says, when it is not the label."""


def _accept(request: Request, form: forms.AcceptForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return triage.accept(
        request_id=request.pk,
        version=data["version"],
        message=data["message"],
        priority=data["priority"],
        by=by,
        now=now,
    )


def _refuse(request: Request, form: forms.RefuseForm, by: User, now: datetime) -> object:
    return triage.refuse(
        request_id=request.pk, version=form.cleaned_data["version"], reason=form.reason, by=by, now=now
    )


def _close(request: Request, form: forms.CloseForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return triage.close(request_id=request.pk, version=data["version"], message=data["message"], by=by, now=now)


def _reopen(request: Request, form: forms.ReopenForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return triage.reopen(request_id=request.pk, version=data["version"], reason=data["message"], by=by, now=now)


def _answer(request: Request, form: forms.MessageForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return correspondence.answer(request_id=request.pk, version=data["version"], text=data["message"], by=by, now=now)


def _note(request: Request, form: forms.NoteForm, by: User, now: datetime) -> object:
    return correspondence.note(request_id=request.pk, text=form.cleaned_data["note"], by=by, now=now)


def _publish_note(request: Request, form: forms.PublicNoteForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return correspondence.publish_note(
        request_id=request.pk, version=data["version"], text=data["public_note"], by=by, now=now
    )


def _reroute(request: Request, form: forms.RerouteForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return routing.reroute(
        request_id=request.pk,
        version=data["version"],
        organisation_id=data["organisation"].pk,
        reason=data["reason"],
        by=by,
        now=now,
    )


def _recategorise(request: Request, form: forms.RecategoriseForm, by: User, now: datetime) -> object:
    data = form.cleaned_data
    return routing.recategorise(
        request_id=request.pk,
        version=data["version"],
        category=data["category"],
        reroute_too=data["reroute_too"],
        by=by,
        now=now,
    )


_ALL_STATES = OPEN_STATES | CLOSED_STATES

ACTIONS = {
    action.code: action
    for action in (
        Action(
            code="accept",
            label=_("Prendre en charge"),
            icon="circle-check",
            form=forms.AcceptForm,
            states=frozenset({State.RECEIVED}),
            run=_accept,
            done=_("Pris en charge : une intervention est ouverte."),
            tone="primary",
        ),
        Action(
            code="answer",
            label=_("Écrire à l’habitant"),
            icon="message-square",
            form=forms.MessageForm,
            states=_ALL_STATES,
            run=_answer,
            done=_("Message transmis à l’habitant."),
            button=_("Envoyer le message"),
        ),
        Action(
            code="note",
            label=_("Note interne"),
            icon="sticky-note",
            form=forms.NoteForm,
            states=_ALL_STATES,
            run=_note,
            done=_("Note enregistrée."),
            button=_("Enregistrer la note"),
        ),
        Action(
            code="reroute",
            label=_("Transmettre à un autre organisme"),
            icon="forward",
            form=forms.RerouteForm,
            states=OPEN_STATES,
            run=_reroute,
            done=_("Signalement transmis."),
            button=_("Transmettre"),
        ),
        Action(
            code="recategorise",
            label=_("Changer la catégorie"),
            icon="tag",
            form=forms.RecategoriseForm,
            states=OPEN_STATES,
            run=_recategorise,
            done=_("Catégorie modifiée."),
        ),
        Action(
            code="publish-note",
            label=_("Note publique"),
            icon="globe",
            form=forms.PublicNoteForm,
            states=_ALL_STATES,
            run=_publish_note,
            done=_("Note publique enregistrée."),
            button=_("Publier la note"),
        ),
        Action(
            code="close",
            label=_("Clore comme résolu"),
            icon="circle-check-big",
            form=forms.CloseForm,
            states=OPEN_STATES,
            run=_close,
            done=_("Signalement clos."),
        ),
        Action(
            code="refuse",
            label=_("Classer sans suite"),
            icon="circle-x",
            form=forms.RefuseForm,
            states=OPEN_STATES,
            run=_refuse,
            done=_("Signalement classé sans suite."),
            tone="danger",
        ),
        Action(
            code="reopen",
            label=_("Rouvrir"),
            icon="rotate-ccw",
            form=forms.ReopenForm,
            states=CLOSED_STATES,
            run=_reopen,
            done=_("Signalement rouvert."),
        ),
    )
}


def offered(service_request: Request) -> list[Action]:
    return [action for action in ACTIONS.values() if State(service_request.state) in action.states]


def blank_form(action: Action, service_request: Request) -> Any:
    """Each form's fields are named after its action, so that nine of them may share a page."""
    initial = {
        "version": service_request.version,
        "public_note": service_request.public_note,
        "category": service_request.category_id,
    }
    return action.form(initial=initial, auto_id=f"{action.code}_%s")
