"""A list of devices is kept row by row: what is made, changed, moved, refused."""

from typing import Any

import pytest

from parvis.foundations.audit.models import Entry
from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.models import Assignment, Device
from parvis.telemetry.devices.services.registering import Report, read_devices_csv, register

from .factories import NOW, later, make_device, make_entity, make_profile

pytestmark = pytest.mark.django_db

EUI = "70b3d57ed0000001"
ACTOR = "urn:ngsi-ld:Person:test"


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug.title(), short_name=slug, slug=slug)


def load(text: str, **given: Any) -> Report:
    return register(read_devices_csv(text), **{"dry_run": False, "actor": ACTOR, "now": NOW, **given})


def only_reason(report: Report) -> str:
    (refused,) = report.refused
    return refused.reason


def test_devices_are_made_with_all_that_the_list_says() -> None:
    profile = make_profile(name="Lampe", entity_type="Streetlight")
    service, thing = organisation("eclairage"), make_entity(urn="urn:ngsi-ld:Streetlight:0042", type="Streetlight")
    report = load(
        "dev_eui;name;profile;thing;organisation;class;network_name;active\n"
        f"{EUI};Lampe 42;lampe;0042;Eclairage;Class C;app/lampe-42;non\n"
        "70b3d57ed0000002;;;;;;;\n"
    )
    assert (report.created, report.refused) == (2, ())
    device = Device.objects.get(eui=EUI)
    assert (device.name, device.profile, device.entity, device.organisation) == ("Lampe 42", profile, thing, service)
    assert (device.device_class, device.network_name, device.is_active) == ("C", "app/lampe-42", False)
    assert device.entity_since is None
    bare = Device.objects.get(eui="70b3d57ed0000002")
    assert (bare.name, bare.profile, bare.entity, bare.device_class, bare.is_active) == (
        bare.eui,
        None,
        None,
        "A",
        True,
    )
    assert report.device_ids == (device.pk, bare.pk)


def test_the_same_list_again_changes_nothing_and_is_not_journalled() -> None:
    make_profile(name="Lampe", entity_type="Streetlight")
    text = f"dev_eui;name;profile;lat;lon\n{EUI};Lampe;Lampe;43,61;3,87\n70b3d57ed0000002;Deux;Lampe;43.62;3.88\n"
    first = load(text)
    assert (first.created, first.things) == (2, 2)
    entries = Entry.objects.count()
    again = load(text, now=later(5))
    assert (again.created, again.changed, again.unchanged, again.things) == (0, 0, 2, 0)
    assert Entry.objects.count() == entries


def test_a_position_without_thing_makes_one_where_it_is() -> None:
    make_profile(name="Sonde", entity_type="WasteContainer")
    owner = organisation("dechets")
    load(f"dev_eui;name;profile;lat;lon\n{EUI};Bac 7;Sonde;43,6105;3,8767\n", organisation=owner)
    entity = Entity.objects.get()
    assert (entity.urn, entity.type) == (f"urn:ngsi-ld:WasteContainer:{EUI}", "WasteContainer")
    assert (entity.longitude, entity.latitude, entity.organisation) == (3.8767, 43.6105, owner)
    assert entity.name == "Bac 7"
    assert Device.objects.get().entity == entity


def test_an_existing_thing_stays_where_its_inventory_says() -> None:
    thing = make_entity(urn="urn:ngsi-ld:Device:known", longitude=3.0, latitude=43.0)
    load(f"dev_eui;thing;lat;lon\n{EUI};{thing.urn};44;4\n")
    thing.refresh_from_db()
    assert (thing.longitude, thing.latitude) == (3.0, 43.0)
    assert Device.objects.get().entity == thing


def test_a_dry_run_tells_all_and_keeps_nothing() -> None:
    make_profile(name="Sonde", entity_type="WasteContainer")
    known = make_device(eui="70b3d57ed0000009", name="Ancien")
    report = load(
        f"dev_eui;name;profile;lat;lon\n{EUI};Bac 7;Sonde;43,6;3,8\n{known.eui};Nouveau;;;\nxyz;;;;\n", dry_run=True
    )
    assert (report.created, report.changed, report.things, len(report.refused)) == (1, 1, 1, 1)
    assert [(told.line, told.is_new, told.fields) for told in report.told][1] == (3, False, ("name",))
    known.refresh_from_db()
    assert known.name == "Ancien"
    assert (Device.objects.count(), Entity.objects.count()) == (1, 1)
    assert not Entry.objects.exists()


def test_an_empty_cell_leaves_what_is_known() -> None:
    device = make_device(make_profile(), name="Ancien", device_class="C")
    report = load(f"dev_eui;name;profile;class;thing\n{device.eui};;;;\n")
    assert report.unchanged == 1
    device.refresh_from_db()
    assert (device.name, device.device_class, device.profile is None) == ("Ancien", "C", False)


def test_a_device_that_is_elsewhere_moves_and_its_past_is_kept() -> None:
    device, there = make_device(), make_entity()
    before = device.entity
    report = load(f"dev_eui;thing\n{device.eui};{there.urn}\n", now=later(10))
    assert report.told[0].fields == ("entity",)
    device.refresh_from_db()
    assert (device.entity, device.entity_since) == (there, later(10))
    past = Assignment.objects.get()
    assert (past.device, past.entity, past.since, past.until) == (device, before, None, later(10))


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("dev_eui", "12", "16 chiffres"),
        ("dev_eui", "7,0E+15", "tableur"),
        ("dev_eui;name", ";x", "absent"),
        ("dev_eui;profile", f"{EUI};Rien", "profil inconnu : « Rien »"),
        ("dev_eui;organisation", f"{EUI};Rien", "organisation inconnue"),
        ("dev_eui;thing", f"{EUI};urn:ngsi-ld:Device:nowhere", "aucun équipement « urn:ngsi-ld:Device:nowhere »"),
        ("dev_eui;thing", f"{EUI};42", "donnez son URN"),
        ("dev_eui;thing", f"{EUI};urn:isbn:1", "n’est pas un URN"),
        ("dev_eui;lat;lon", f"{EUI};43;3", "ni équipement ni profil"),
        ("dev_eui;lat;lon", f"{EUI};43;", "illisibles"),
        ("dev_eui;lat;lon", f"{EUI};6279000;770000", "Lambert-93"),
        ("dev_eui;lat;lon", f"{EUI};95;3", "degrés"),
        ("dev_eui;lat;lon;type", f"{EUI};43;3;Pas un type", "pas un type"),
        ("dev_eui;class", f"{EUI};D", "classe inconnue"),
        ("dev_eui;active", f"{EUI};peut-être", "oui ou non"),
        ("dev_eui;name", f"{EUI};{'x' * 121}", "dépasse 120"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_the_others_kept(header: str, row: str, reason: str) -> None:
    report = load(f"{header}\n{row}\n70b3d57ed0000002{';' * header.count(';')}\n")
    assert reason in only_reason(report)
    assert report.refused[0].line == 2
    assert report.created == 1


def test_a_eui_twice_is_refused_the_second_time() -> None:
    report = load(f"dev_eui;name\n{EUI};Un\n{EUI.upper()};Deux\n")
    assert only_reason(report) == "DevEUI déjà présent ligne 2"
    assert Device.objects.get().name == "Un"


def test_nobody_writes_what_is_not_theirs() -> None:
    mine, other = organisation("eau"), organisation("eclairage")
    theirs = make_device(organisation=other, name="Autre")
    thing, foreign = make_entity(organisation_id=mine.pk), make_entity(organisation_id=other.pk)
    make_profile(name="Privé", organisation=other)
    report = load(
        "dev_eui;name;thing;organisation;profile\n"
        f"{theirs.eui};Pris;;;\n"
        f"70b3d57ed0000002;;{foreign.urn};;\n"
        "70b3d57ed0000003;;;eclairage;\n"
        "70b3d57ed0000004;;;;Privé\n"
        f"70b3d57ed0000005;;{thing.urn};;\n",
        organisation=mine,
        reach=frozenset([mine.pk]),
    )
    assert [row.line for row in report.refused] == [2, 3, 4, 5]
    assert Device.objects.get(eui="70b3d57ed0000005").organisation == mine
    theirs.refresh_from_db()
    assert theirs.name == "Autre"
    # Without an owner it would be nobody's, and so the whole platform's.
    report = load("dev_eui\n70b3d57ed0000006\n", reach=frozenset([mine.pk]))
    assert only_reason(report) == "organisation absente"


def test_the_defaults_are_for_rows_that_say_nothing() -> None:
    default, other, owner = make_profile(name="Défaut"), make_profile(name="Autre"), organisation("eau")
    given = make_device(other)
    load(f"dev_eui;profile\n{EUI};\n70b3d57ed0000002;Autre\n{given.eui};\n", profile=default, organisation=owner)
    assert Device.objects.get(eui=EUI).profile == default
    assert Device.objects.get(eui="70b3d57ed0000002").profile == other
    given.refresh_from_db()
    assert (given.profile, given.organisation) == (other, None)


def test_one_device_is_journalled_by_its_name_a_list_once() -> None:
    load(f"dev_eui\n{EUI}\n")
    load("dev_eui\n70b3d57ed0000002\n70b3d57ed0000003\n")
    actions = list(Entry.objects.order_by("id").values_list("action", "urn"))
    assert actions[0] == ("device.created", f"urn:ngsi-ld:LorawanDevice:{EUI}")
    assert actions[1][0] == "devices.registered"
    assert len(actions) == 2


def test_the_queries_of_a_list_follow_its_batches_not_its_rows(django_assert_max_num_queries: Any) -> None:
    make_profile(name="Sonde", entity_type="WasteContainer")
    rows = "".join(f"70b3d57ed000{number:04x};Sonde;43.6;3.8\n" for number in range(500))
    with django_assert_max_num_queries(25):
        report = load("dev_eui;profile;lat;lon\n" + rows)
    assert (report.created, report.things) == (500, 500)
