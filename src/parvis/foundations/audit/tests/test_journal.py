"""The journal page: who may read which lines, how it is searched, paged and exported."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.audit.facade import record
from parvis.foundations.audit.models import Entry
from parvis.foundations.audit.tests.factories import NOW, seal, write
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.foundations.organisations.models import Kind, Organisation

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/audit/"


def positions(response: Any) -> list[int]:
    return [row.entry.position for row in response.context["rows"]]


@pytest.fixture
def reader(client: Client) -> Client:
    return sign_in(client, make_agent("audit.view", "audit.export"))


def test_only_who_may_view_the_journal_sees_it(client: Client) -> None:
    sign_in(client, make_agent("requests.view"))
    assert client.get(PAGE).status_code == 403
    assert client.get(PAGE + "export.csv").status_code == 403
    viewer = sign_in(Client(), make_agent("audit.view"))
    page = viewer.get(PAGE)
    assert page.status_code == 200
    assert "export.csv" not in page.content.decode()
    assert viewer.get(PAGE + "export.csv").status_code == 403


def test_lines_show_what_happened_the_last_first(reader: Client) -> None:
    write(3)
    seal()
    page = reader.get(PAGE)
    assert positions(page) == [3, 2, 1]
    html = page.content.decode()
    for text in (
        "request.read",
        "urn:ngsi-ld:Person:someone",
        "urn:ngsi-ld:ServiceRequest:2",
        "requests.view",
        "l’œuvre",
    ):
        assert text in html


def test_a_hostile_value_is_only_text(reader: Client) -> None:
    record(actor="<script>alert(1)</script>", action="a", urn="u", details={"<b>": "<img src=x>"}, now=NOW)
    seal()
    html = reader.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x>" not in html


def test_a_commune_reads_its_lines_and_those_of_its_services_only(client: Client) -> None:
    commune = Organisation.objects.create(kind=Kind.OPERATOR, name="Talant", short_name="T", slug="talant")
    Organisation.objects.create(kind=Kind.SERVICE, name="Voirie", short_name="V", slug="voirie", parent=commune)
    for slug in ("talant", "voirie", "dijon", ""):
        write(organisation=slug)
    seal()
    sign_in(client, make_agent("audit.view", "audit.export", organisation=commune))
    page = client.get(PAGE)
    assert [row.entry.organisation for row in page.context["rows"]] == ["voirie", "talant"]
    assert positions(client.get(PAGE, {"organisation": "dijon"})) == []
    text = b"".join(client.get(PAGE + "export.csv").streaming_content).decode()
    assert "dijon" not in text
    assert "voirie" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"actor": "urn:ngsi-ld:Person:a"}, [1]),
        ({"action": "request.closed"}, [2]),
        ({"action": "request."}, [2, 1]),
        ({"urn": "urn:ngsi-ld:Alarm:7"}, [3]),
        ({"organisation": "talant"}, [3]),
        ({"since": "2026-03-03"}, [3, 2]),
        ({"until": "2026-03-03"}, [2, 1]),
        ({"since": "2026-03-03", "until": "2026-03-03"}, [2]),
        ({"since": "2026-03-05", "until": "2026-03-01"}, [3, 2, 1]),  # refused, and said so
        ({"since": "not a date"}, [3, 2, 1]),
    ],
)
def test_it_is_searched(reader: Client, query: dict[str, str], found: list[int]) -> None:
    record(actor="urn:ngsi-ld:Person:a", action="request.read", urn="u", now=NOW)
    record(actor="urn:ngsi-ld:Person:b", action="request.closed", urn="u", now=NOW + timedelta(days=1))
    record(
        actor="urn:ngsi-ld:Person:b",
        action="alarm.read",
        urn="urn:ngsi-ld:Alarm:7",
        organisation="talant",
        now=NOW + timedelta(days=2),
    )
    seal()
    page = reader.get(PAGE, query)
    assert positions(page) == found
    if query.get("since") in {"2026-03-05", "not a date"}:
        assert "error-summary" in page.content.decode()


def test_a_day_is_that_of_the_city(reader: Client) -> None:
    """Half past eleven in the evening, Greenwich, is already the next day in Paris."""
    record(actor="a", action="b", urn="u", now=NOW.replace(hour=23, minute=30))
    seal()
    assert positions(reader.get(PAGE, {"since": "2026-03-03"})) == [1]


def test_pages_follow_positions_and_stand_still_while_lines_are_added(reader: Client) -> None:
    write(120)
    seal()
    first = reader.get(PAGE)
    assert positions(first) == list(range(120, 70, -1))
    assert (first.context["page"].newer, first.context["page"].older) == (None, 71)
    write(5)
    seal()
    second = reader.get(PAGE, {"before": 71})
    assert positions(second) == list(range(70, 20, -1))
    third = reader.get(PAGE, {"before": 21, "action": "request."})
    assert positions(third) == list(range(20, 0, -1))
    assert third.context["page"].older is None
    assert "action=request." in third.content.decode()
    back = reader.get(PAGE, {"after": third.context["page"].newer})
    assert positions(back) == list(range(70, 20, -1))
    assert positions(reader.get(PAGE, {"after": 70})) == list(range(120, 70, -1))
    assert positions(reader.get(PAGE, {"before": "x' OR 1=1"})) == list(range(125, 75, -1))


def test_queries_do_not_grow_with_lines(reader: Client, django_assert_num_queries: Any) -> None:
    reader.get(PAGE)
    for count in (1, 60):
        for _ in range(count):
            write(actor=make_agent().urn)
        seal()
        with django_assert_num_queries(6):  # portal, session, account, rights, lines, names of the agents
            reader.get(PAGE)


def test_agents_are_named_and_residents_are_not(reader: Client) -> None:
    agent, resident = make_agent(display_name="Malik Besson"), make_resident(display_name="Camille Durand")
    record(actor=agent.urn, action="account.read", urn=resident.urn, now=NOW)
    record(actor="urn:ngsi-ld:System:parvis", action="a.b", urn="nonsense", now=NOW)
    seal()
    html = reader.get(PAGE).content.decode()
    assert "Malik Besson" in html
    assert "Camille" not in html
    assert resident.urn in html  # behind the link
    assert "La plateforme" in html
    assert "nonsense" in html


def test_an_entry_leads_to_the_page_of_what_it_names(reader: Client) -> None:
    agent = make_agent()
    assert reader.get(PAGE + "object", {"urn": agent.urn})["Location"] == f"/backoffice/identity/agents/{agent.uid}"
    for urn in ("urn:ngsi-ld:Person:gone", "urn:ngsi-ld:Unheard:1", "nonsense", ""):
        assert reader.get(PAGE + "object", {"urn": urn}).status_code == 404


def test_the_export_is_a_spreadsheet_and_is_itself_journaled(reader: Client) -> None:
    record(actor="=cmd|' /C calc'!A0", action="request.read", urn="u", details={"a": "été;été"}, now=NOW)
    seal()
    response = reader.get(PAGE + "export.csv", {"action": "request."})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    assert len(rows) == 2
    assert rows[1][0] == "1"
    assert rows[1][2].startswith("'=")
    assert rows[1][7] == '{"a":"été;été"}'
    assert Entry.objects.get(action="journal.exported").details == '{"action":"request."}'
    assert reader.get(PAGE + "export.csv", {"since": "x"}).status_code == 422


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", "since=0001-01-01&until=9999-12-31"])
def test_a_date_that_has_no_neighbour_is_refused(reader: Client, query: str) -> None:
    page = reader.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert page.context["form"].errors
    assert reader.get(f"{PAGE}export.csv?{query}").status_code == 422
