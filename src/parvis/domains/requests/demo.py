"""Residents' requests of the last sixty days, all invented: people, words and places are synthetic and say so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone

from parvis.domains.interventions import facade as interventions
from parvis.domains.requests import demo_texts as texts
from parvis.domains.requests import tracking
from parvis.domains.requests.models import Category, NumberSeries, Request, RequestEvent
from parvis.domains.requests.rules import CLOSED_STATES, Attention, Channel, Kind, State, number_of
from parvis.domains.requests.services.categories import ensure_categories
from parvis.domains.requests.services.routing import route
from parvis.domains.requests.services.triage import intervention_order
from parvis.domains.requests.wording import REFUSAL_REASONS
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM

COUNT = 120
DAYS = 60
_WEIGHTS = {
    "pothole": 5,
    "street-light": 5,
    "illegal-dumping": 5,
    "litter": 4,
    "full-bin": 3,
    "green-space": 3,
    "parking": 3,
}
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:parvis:demo:requests")


@dataclass(frozen=True, kw_only=True)
class Invented:
    """One request to make; `age` is how long ago it came."""

    rank: int
    category: Category
    longitude: float
    latitude: float
    area_code: str
    age: timedelta

    @property
    def submission(self) -> UUID:
        """The same at every load, which makes the load idempotent."""
        return uuid5(_NAMESPACE, str(self.rank))


def load(scene: DemoScene) -> None:
    scene.progress("signalements des habitants (synthétiques)")
    ensure_categories()
    known = set(Request.objects.values_list("submission", flat=True))
    main = Organisation.objects.main()
    for invented in _invented(scene.rng):
        story = Random(f"{scene.seed}/{invented.rank}")
        if invented.submission not in known:
            with transaction.atomic():
                _make(invented, story, main, now=scene.now)


def _invented(rng: Random) -> list[Invented]:
    """Every draw is made whether or not the row exists, so that a second load draws the same city; oldest first."""
    categories = list(Category.objects.filter(code__in=texts.PROBLEMS).order_by("order"))
    weights = [_WEIGHTS.get(category.code, 2) for category in categories]
    quarters = synthetic.quarters(rng)
    if not quarters:
        return []
    ages = sorted((timedelta(minutes=rng.uniform(20, DAYS * 24 * 60)) for _ in range(COUNT)), reverse=True)
    places = [
        (quarter, place)
        for quarter, share in zip(quarters, synthetic.shares(COUNT, quarters), strict=True)
        for place in synthetic.scattered(quarter, share, rng)
    ]
    rng.shuffle(places)
    return [
        Invented(
            rank=rank,
            category=rng.choices(categories, weights)[0],
            longitude=place[0],
            latitude=place[1],
            area_code=quarter.area.code,
            age=age,
        )
        for rank, (age, (quarter, place)) in enumerate(zip(ages, places, strict=False))
    ]


def _state_of(age: timedelta, story: Random) -> State:
    """The older, the likelier to be closed."""
    if age < timedelta(days=2):
        return story.choices([State.RECEIVED, State.ACCEPTED], [4, 1])[0]
    if age < timedelta(days=10):
        return story.choices(list(State), [2, 3, 2, 4, 1])[0]
    return story.choices(list(State), [0, 1, 1, 12, 2])[0]


def _make(invented: Invented, story: Random, main: Organisation | None, *, now: datetime) -> None:
    created_at = now - invented.age
    state = _state_of(invented.age, story)
    routing = route(
        subject=invented.category.subject,
        longitude=invented.longitude,
        latitude=invented.latitude,
        area_code=invented.area_code,
    )
    seed = uuid5(_NAMESPACE, f"code {invented.rank}")
    is_named = story.random() < 0.6
    name = f"{story.choice(texts.FIRST_NAMES)} {story.choice(texts.LAST_NAMES)}"
    channel = story.choices([Channel.WEB, Channel.PHONE, Channel.COUNTER], [7, 3, 1])[0]
    year = timezone.localtime(created_at).year
    service_request = Request.objects.create(
        number=number_of(year, NumberSeries.next_rank(year)),
        submission=invented.submission,
        code_seed=seed,
        code_fingerprint=tracking.issue(seed)[1],
        category=invented.category,
        description=story.choice(texts.PROBLEMS[invented.category.code]),
        longitude=invented.longitude,
        latitude=invented.latitude,
        address=f"{story.randint(1, 90)} {story.choice(texts.STREETS)}" if story.random() < 0.7 else "",
        area_code=invented.area_code,
        organisation_id=routing.organisation_id,
        portal=main,
        attention=routing.attention if state == State.RECEIVED else Attention.NONE,
        channel=channel,
        contact_name=name if is_named else "",
        contact_email=f"demo{invented.rank}@habitant.example" if is_named and channel == Channel.WEB else "",
        contact_phone=f"03 99 00 {invented.rank // 100:02d} {invented.rank % 100:02d}"
        if is_named and channel != Channel.WEB
        else "",
        created_at=created_at,
        updated_at=created_at,
    )
    _tell(service_request, state, story, now=now)


def _tell(service_request: Request, state: State, story: Random, *, now: datetime) -> None:
    """The steps that lead to `state`, between the arrival and now; the interventions of open ones are real rows."""
    span = min(now - service_request.created_at, timedelta(days=story.uniform(0.5, 20)))
    steps: list[tuple[float, Kind, bool, str]] = [(0.0, Kind.RECEIVED, True, "")]
    if story.random() < 0.2:
        steps.append((0.15, Kind.NOTE, False, story.choice(texts.NOTES)))
    match state:
        case State.REFUSED:
            steps.append((0.4, Kind.REFUSED, True, str(story.choice(REFUSAL_REASONS)[2])))
        case State.ACCEPTED | State.IN_PROGRESS | State.DONE:
            steps.append((0.2, Kind.ACCEPTED, True, story.choice(texts.ACCEPTED)))
            if state != State.ACCEPTED:
                steps.append((0.5, Kind.STARTED, True, ""))
            if state == State.DONE:
                steps.append((0.6, Kind.DONE, True, story.choice(texts.DONE)))
        case State.RECEIVED if story.random() < 0.15:
            steps.append((0.6, Kind.ADDITION, True, story.choice(texts.ADDITIONS)))
            service_request.attention = service_request.attention or Attention.ADDITION
        case _:
            pass
    last = service_request.created_at
    for share, kind, is_public, text in steps:
        last = service_request.created_at + span * share
        RequestEvent.objects.create(
            service_request=service_request,
            kind=kind,
            is_public=is_public,
            text=text,
            organisation_id=service_request.organisation_id,
            at=last,
        )
    service_request.state = state
    service_request.updated_at = last
    service_request.closed_at = last if state in CLOSED_STATES else None
    if state == State.ACCEPTED and service_request.organisation_id:
        order = intervention_order(service_request, priority=story.choice(["low", "normal", "high"]), actor=str(SYSTEM))
        service_request.intervention_urn = interventions.open_intervention(order=order, now=last).urn
        service_request.public_note = story.choice(texts.PUBLIC_NOTES) if story.random() < 0.3 else ""
    service_request.save()
