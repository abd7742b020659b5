"""What interventions show on the pages of others, on a plan, and forget after their term."""

from datetime import timedelta

import pytest
from django.test import Client

from parvis.capabilities.files.models import StoredFile
from parvis.domains.interventions import retention
from parvis.domains.interventions.models import Intervention, Photo
from parvis.domains.interventions.services import finish, refuse
from parvis.domains.interventions.tests.factories import make_crew, make_intervention, make_organisation, make_team
from parvis.domains.interventions.tests.test_services import photo_file
from parvis.foundations.identity.tests.factories import NOW, make_agent, sign_in
from parvis.foundations.territory.models import Area, AreaKind
from parvis.telemetry.supervision.tests.factories import make_thing

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_the_page_of_a_thing_shows_its_work_and_offers_more(client: Client) -> None:
    mine = make_organisation()
    thing = make_thing(organisation_id=mine.pk)
    here = make_intervention(mine, thing_urn=thing.urn)
    hidden = make_intervention(thing_urn=thing.urn)
    address = f"/control-room/context/entities/{thing.urn}"
    sign_in(client, make_agent("context.view", "interventions.view", "interventions.open", organisation=mine))
    body = client.get(address).content.decode()
    assert here.number in body
    assert hidden.number not in body
    assert "Ouvrir une intervention" in body
    sign_in(client, make_agent("context.view", "interventions.view", organisation=mine))
    assert "Ouvrir une intervention" not in client.get(address).content.decode()
    sign_in(client, make_agent("context.view"))
    assert here.number not in client.get(address).content.decode()


def test_the_plan_of_the_list_leads_to_each(client: Client) -> None:
    ring = [[5.0, 47.2], [5.1, 47.2], [5.1, 47.4], [5.0, 47.4], [5.0, 47.2]]
    epci = Area.objects.create(
        kind=AreaKind.EPCI,
        code="242100410",
        name="Dijon",
        west=5.0,
        south=47.2,
        east=5.1,
        north=47.4,
        approximate=False,
    )
    Area.objects.create(
        kind=AreaKind.COMMUNE,
        code="21231",
        name="Dijon",
        parent=epci,
        geometry={"type": "Polygon", "coordinates": [ring]},
        west=5.0,
        south=47.2,
        east=5.1,
        north=47.4,
        approximate=False,
    )
    placed = make_intervention()
    make_intervention(longitude=None, latitude=None)
    sign_in(client, make_agent("interventions.view"))
    body = client.get("/backoffice/interventions/").content.decode()
    assert body.count("territory__point--ring") == 1
    assert f'<a href="/backoffice/interventions/{placed.pk}" aria-label="{placed.number}' in body


def test_words_names_and_photos_go_after_their_term() -> None:
    team = make_team(make_organisation())
    crew = make_crew(team)
    done = make_intervention(team=team, started_by=crew, description="Chez Mme Martin")
    finish(intervention=done, by=crew, comment="vu avec elle", photo=photo_file(), now=NOW)
    refused = make_intervention(team=team)
    refuse(intervention=refused, by=crew, reason="Mme Martin absente", now=NOW)
    kept = make_intervention(description="en cours")
    assert retention.purge_photos(NOW + retention.PHOTO_KEEP_DAYS * DAY) == 0
    assert retention.purge_photos(NOW + (retention.PHOTO_KEEP_DAYS + 1) * DAY) == 1
    assert not Photo.objects.exists()
    assert StoredFile.objects.get().erased_at is not None
    assert retention.purge_words(NOW + retention.KEEP_DAYS * DAY) == 0
    later = NOW + (retention.KEEP_DAYS + 1) * DAY
    assert retention.purge_words(later) == 2
    assert retention.purge_words(later) == 0
    assert retention.purge_lines(later) > 0
    words = [one.description + one.comment + one.reason for one in Intervention.objects.order_by("id")]
    assert words == ["", "–", "en cours"]
    done.refresh_from_db()
    kept.refresh_from_db()
    assert done.started_by is None
    assert kept.description == "en cours"


def test_an_agent_reads_and_erases_what_is_kept_of_them() -> None:
    team = make_team(make_organisation())
    crew = make_crew(team)
    done = make_intervention(team=team, started_by=crew, done=True, actor=crew.urn)
    assert [line["what"] for line in retention.export(crew)] == ["opened", "started", "finished"]
    assert retention.erase(crew) == 3
    assert retention.export(crew) == []
    done.refresh_from_db()
    assert (done.started_by, done.opened_by_urn) == (None, "urn:ngsi-ld:System:parvis")
