"""Nobody climbs by way of others: every way a local administrator might try to gain, give or take more than they hold."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.models import Assignment, Role, TotpDevice, User
from parvis.foundations.identity.rates import begin_attempt, blocked_until
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.services import administration as acts
from parvis.foundations.identity.services import assign, ensure_role
from parvis.foundations.identity.tests.factories import NOW, PASSWORD, make_agent, make_resident, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.territory.models import Area, AreaKind
from parvis.kernel import clock
from parvis.kernel.testing import deliver

pytestmark = pytest.mark.django_db
LOCAL = ("identity.view", "identity.manage", "requests.view", "requests.triage")


@dataclass
class City:
    """Two organisations that are nothing to each other; `local` administers the first, `chief` everything."""

    ours: Organisation
    service: Organisation
    theirs: Organisation
    local: User
    chief: User
    clerk: Role
    everything: Role

    @property
    def rights(self) -> Rights:
        return Rights.of(self.local.pk)


@pytest.fixture
def city() -> City:
    def organisation(slug: str, **fields: Any) -> Organisation:
        return Organisation.objects.create(kind=Kind.OPERATOR, name=slug, short_name=slug, slug=slug, **fields)

    ours = organisation("ours")
    return City(
        ours=ours,
        service=organisation("service", parent=ours),
        theirs=organisation("theirs"),
        local=make_agent(*LOCAL, organisation=ours, display_name="Local"),
        chief=make_agent("*", display_name="Chief"),
        clerk=ensure_role(code="clerk", label="Accueil", permissions=["requests.view"]),
        everything=ensure_role(code="everything", label="Tout", permissions=["*"]),
    )


def give(city: City, user: User, role: Role, organisation: Organisation | None, area: Area | None = None) -> Assignment:
    return acts.grant(
        by=city.local, rights=city.rights, user=user, role=role, organisation=organisation, area=area, now=NOW
    )


def test_a_local_administrator_gives_what_they_hold_where_they_hold_it(city: City) -> None:
    agent = make_agent()
    give(city, agent, city.clerk, city.ours)
    give(city, agent, city.clerk, city.service)
    assert Rights.of(agent.pk).may("requests.view", organisation=city.service.pk)
    entry = Entry.objects.filter(action="role.granted").latest("id")
    assert (entry.actor, entry.urn, entry.organisation) == (city.local.urn, agent.urn, "service")


@pytest.mark.parametrize(
    "permissions", [["*"], ["identity.roles"], ["requests.view", "audit.view"], ["identity.residents"]]
)
def test_not_a_permission_more_than_they_hold_even_to_themselves(city: City, permissions: list[str]) -> None:
    role = ensure_role(code="more", label="Plus", permissions=permissions)
    for user in (make_agent(), city.local):
        with pytest.raises(acts.BeyondYourRights):
            give(city, user, role, city.ours)


def test_not_beyond_their_organisation(city: City) -> None:
    for organisation in (city.theirs, None):
        with pytest.raises(acts.BeyondYourRights):
            give(city, make_agent(), city.clerk, organisation)


def test_a_right_held_elsewhere_without_managing_there_is_not_given_there(city: City) -> None:
    assign(user=city.local, role=city.clerk, organisation=city.theirs)
    with pytest.raises(acts.BeyondYourRights):
        give(city, make_agent(), city.clerk, city.theirs)


def test_managing_here_and_holding_there_do_not_add_up(city: City) -> None:
    """`audit.view` is held on `theirs`, accounts are managed on `ours`: neither place has both."""
    assign(
        user=city.local,
        role=ensure_role(code="reader", label="x", permissions=["audit.view"]),
        organisation=city.theirs,
    )
    reader = Role.objects.get(code="reader")
    for organisation in (city.ours, city.theirs):
        with pytest.raises(acts.BeyondYourRights):
            give(city, make_agent(), reader, organisation)


def test_who_is_limited_to_an_area_gives_in_that_area_only() -> None:
    organisation = Organisation.objects.create(kind=Kind.OPERATOR, name="o", short_name="o", slug="o")
    commune, other = (Area.objects.create(kind=AreaKind.DISTRICT, code=code, name=code) for code in ("a", "b"))
    district = Area.objects.create(kind=AreaKind.DISTRICT, code="a1", name="a1", parent=commune)
    local = make_agent(*LOCAL, organisation=organisation, area=commune)
    clerk = ensure_role(code="clerk", label="x", permissions=["requests.view"])

    def allowed(area: Area | None) -> bool:
        try:
            acts.grant(
                by=local,
                rights=Rights.of(local.pk),
                user=make_agent(),
                role=clerk,
                organisation=organisation,
                area=area,
                now=NOW,
            )
        except acts.BeyondYourRights:
            return False
        return True

    assert allowed(commune)
    assert allowed(district)
    assert not allowed(other)
    assert not allowed(None)


def test_a_resident_is_given_no_role(city: City) -> None:
    with pytest.raises(acts.BeyondYourRights):
        give(city, make_resident(), city.clerk, city.ours)


def test_roles_above_theirs_are_not_taken_away(city: City) -> None:
    with pytest.raises(acts.BeyondYourRights):
        acts.withdraw(by=city.local, rights=city.rights, assignment=city.chief.assignments.get(), now=NOW)
    stranger = make_agent("requests.view", organisation=city.theirs)
    with pytest.raises(acts.BeyondYourRights):
        acts.withdraw(by=city.local, rights=city.rights, assignment=stranger.assignments.get(), now=NOW)


@pytest.mark.parametrize("act", [acts.deactivate, acts.reactivate, acts.unlock, acts.reset_totp, acts.invite_again])
def test_who_holds_more_is_not_touched(city: City, act: Any) -> None:
    """Resetting the second factor or the invitation of the chief would be becoming the chief."""
    stronger_here = make_agent(*LOCAL, "audit.view", organisation=city.ours)
    elsewhere = make_agent("requests.view", organisation=city.theirs)
    both = make_agent("requests.view", organisation=city.ours)
    assign(user=both, role=city.clerk, organisation=city.theirs)
    for user in (city.chief, stronger_here, elsewhere, both, make_agent(), make_resident()):
        with pytest.raises(acts.BeyondYourRights):
            act(by=city.local, rights=city.rights, user=user, now=NOW)
    act(by=city.local, rights=city.rights, user=make_agent("requests.view", organisation=city.service), now=NOW)


def test_roles_are_defined_only_by_who_holds_all_of_it_everywhere(city: City) -> None:
    def define(by: User, *permissions: str) -> None:
        acts.save_role(
            by=by, rights=Rights.of(by.pk), role=city.clerk, code="", label="x", permissions=permissions, now=NOW
        )

    assign(
        user=city.local,
        role=ensure_role(code="definer", label="x", permissions=["identity.roles"]),
        organisation=city.ours,
    )
    with pytest.raises(acts.BeyondYourRights):
        define(city.local, "requests.view", "requests.triage")
    definer = make_agent("identity.roles", "requests.view")
    with pytest.raises(acts.BeyondYourRights):
        define(definer, "requests.view", "*")
    with pytest.raises(acts.BeyondYourRights):
        define(definer, "requests.view", "audit.view")
    define(city.chief, "requests.view", "audit.view")
    define(definer, "audit.view")  # taking out is allowed, and what was there may stay
    city.clerk.refresh_from_db()
    assert city.clerk.permissions == ["audit.view"]


def test_the_last_administrator_stays(city: City) -> None:
    chief = Rights.of(city.chief.pk)
    with pytest.raises(acts.LastAdministrator):
        acts.withdraw(by=city.chief, rights=chief, assignment=city.chief.assignments.get(), now=NOW)
    with pytest.raises(acts.LastAdministrator):
        acts.deactivate(by=city.chief, rights=chief, user=city.chief, now=NOW)
    with pytest.raises(acts.LastAdministrator):
        acts.save_role(
            by=city.chief,
            rights=chief,
            role=city.chief.assignments.get().role,
            code="",
            label="x",
            permissions=[],
            now=NOW,
        )
    assert User.objects.get(pk=city.chief.pk).is_active
    second = make_agent("*")
    acts.withdraw(by=second, rights=Rights.of(second.pk), assignment=city.chief.assignments.get(), now=NOW)


# Through the screens


def test_the_list_shows_the_agents_of_ones_organisations(client: Client, city: City) -> None:
    make_agent("requests.view", organisation=city.service, display_name="Ours too")
    make_agent("requests.view", organisation=city.theirs, display_name="Not ours")
    make_resident(display_name="A resident")
    page = sign_in(client, city.local).get("/backoffice/identity/agents/").content.decode()
    assert "Ours too" in page
    for hidden in ("Not ours", "A resident", "Chief"):
        assert hidden not in page
    everything = sign_in(Client(), city.chief).get("/backoffice/identity/agents/", {"q": "ours"}).content.decode()
    assert "Ours too" in everything
    assert "Not ours" in everything
    assert "Local" not in everything


def test_queries_do_not_grow_with_agents(client: Client, city: City, django_assert_num_queries: Any) -> None:
    sign_in(client, city.chief).get("/backoffice/identity/agents/")
    for _ in range(2):
        for _ in range(5):
            make_agent("requests.view", organisation=city.ours)
        with django_assert_num_queries(7):  # portal, session, account, rights, count, agents, their roles
            client.get("/backoffice/identity/agents/")


def test_an_account_outside_ones_scope_is_not_found(client: Client, city: City) -> None:
    sign_in(client, city.local)
    assert client.get(f"/backoffice/identity/agents/{city.chief.uid}").status_code == 404
    assert client.post(f"/backoffice/identity/agents/{city.chief.uid}/reset-totp").status_code == 404
    assert client.get(f"/backoffice/identity/agents/{make_resident().uid}").status_code == 404


def test_an_agent_is_invited_with_a_first_role(client: Client, city: City) -> None:
    sign_in(client, city.local)
    page = client.get("/backoffice/identity/agents/new").content.decode()
    assert "theirs" not in page
    form = {"email": "new@example.org", "display_name": "Malik", "role": city.clerk.pk, "organisation": city.ours.pk}
    for wrong in ({"organisation": city.theirs.pk}, {"organisation": ""}, {"role": city.everything.pk}, {"email": "x"}):
        assert client.post("/backoffice/identity/agents/new", {**form, **wrong}).status_code == 422
    assert not User.objects.filter(email="new@example.org").exists()
    assert client.post("/backoffice/identity/agents/new", form).status_code == 302
    agent = User.objects.get(email="new@example.org")
    assert Rights.of(agent.pk).may("requests.view", organisation=city.ours.pk)
    deliver()
    assert mail.outbox[0].to == ["new@example.org"]
    assert client.post("/backoffice/identity/agents/new", form).status_code == 422


def test_roles_are_given_and_withdrawn_on_the_page(client: Client, city: City) -> None:
    agent = make_agent("requests.view", organisation=city.ours)
    address = f"/backoffice/identity/agents/{agent.uid}"
    sign_in(client, city.local)
    triage = ensure_role(code="triage", label="Tri", permissions=["requests.triage"])
    assert client.post(address, {"role": triage.pk, "organisation": city.service.pk}).status_code == 302
    assert client.post(address, {"role": city.everything.pk, "organisation": city.service.pk}).status_code == 422
    given = agent.assignments.get(role=triage)
    assert "Tri" in client.get(address).content.decode()
    assert client.post(f"{address}/roles/{given.pk}/withdraw").status_code == 302
    assert not agent.assignments.filter(role=triage).exists()
    chiefs = city.chief.assignments.get()
    assert client.post(f"{address}/roles/{chiefs.pk}/withdraw").status_code == 404


def test_a_locked_out_agent_is_helped(client: Client, city: City) -> None:
    now = clock.now()
    agent = make_agent("requests.view", organisation=city.ours, password=PASSWORD)
    TotpDevice.objects.create(user=agent, secret="A" * 32, created_at=now, confirmed_at=now)
    theirs = sign_in(Client(), agent)
    for _ in range(5):
        begin_attempt(email=agent.email, address="x", now=now)
    sign_in(client, city.local)
    address = f"/backoffice/identity/agents/{agent.uid}"
    page = client.get(address).content.decode()
    assert "Débloquer" in page
    assert "A" * 32 not in page
    client.post(f"{address}/unlock")
    assert blocked_until(email=agent.email, now=now) is None
    client.post(f"{address}/reset-totp")
    assert not TotpDevice.objects.exists()
    assert theirs.get("/identity/account").status_code == 302
    assert client.post(f"{address}/nothing").status_code == 404
    client.post(f"{address}/deactivate")
    agent.refresh_from_db()
    assert not agent.is_active
    assert "Réactiver" in client.get(address).content.decode()
    client.post(f"{address}/reactivate")
    actions = set(Entry.objects.filter(urn=agent.urn, organisation="ours").values_list("action", flat=True))
    assert {"account.unlocked", "second_factor.reset", "account.deactivated", "account.reactivated"} <= actions


def test_a_resident_is_looked_up_and_each_look_is_journaled(client: Client, city: City) -> None:
    resident = make_resident(display_name="Camille Durand", email="camille@example.org")
    clerk = make_agent("identity.residents", organisation=city.ours)
    sign_in(client, clerk)
    assert "Camille" not in client.get("/backoffice/identity/residents/").content.decode()
    assert "Camille" not in client.get("/backoffice/identity/residents/", {"q": "ca"}).content.decode()
    assert "Camille" in client.get("/backoffice/identity/residents/", {"q": "durand cami"}).content.decode()
    assert client.get(f"/backoffice/identity/residents/{resident.uid}").status_code == 200
    entries = Entry.objects.filter(actor=clerk.urn).order_by("id").values_list("action", "urn", "organisation")
    assert list(entries) == [("residents.searched", clerk.urn, "ours"), ("account.read", resident.urn, "ours")]
    assert client.get(f"/backoffice/identity/residents/{city.chief.uid}").status_code == 404
    client.post(f"/backoffice/identity/residents/{resident.uid}/deactivate")
    assert not User.objects.get(pk=resident.pk).is_active


def test_roles_are_defined_on_their_page(client: Client, city: City) -> None:
    sign_in(client, city.chief)
    page = client.get("/backoffice/identity/roles/new").content.decode()
    assert "audit.view" in page
    assert "Journal" in page
    form = {"label": "Lecture", "code": "lecture", "permissions": ["audit.view", "identity.view"]}
    assert client.post("/backoffice/identity/roles/new", {**form, "permissions": ["no.such"]}).status_code == 422
    assert client.post("/backoffice/identity/roles/new", form).status_code == 302
    assert client.post("/backoffice/identity/roles/new", form).status_code == 422
    assert Role.objects.get(code="lecture").permissions == ["audit.view", "identity.view"]
    client.post("/backoffice/identity/roles/lecture", {"label": "Lecture seule", "permissions": ["audit.view"]})
    assert Role.objects.get(code="lecture").permissions == ["audit.view"]
    entry = Entry.objects.filter(action="role.defined").latest("id")
    assert '"removed":"identity.view"' in entry.details
    assert "Lecture seule" in client.get("/backoffice/identity/roles/").content.decode()
    client.post("/backoffice/identity/roles/lecture/delete")
    assert not Role.objects.filter(code="lecture").exists()
    used = city.chief.assignments.get().role
    client.post(f"/backoffice/identity/roles/{used.code}/delete")
    assert Role.objects.filter(pk=used.pk).exists()


def test_a_token_is_shown_once_and_does_no_more_than_its_maker(client: Client, city: City) -> None:
    from parvis.foundations.identity.models import ApiToken
    from parvis.foundations.identity.tokens import verify_token

    maker = make_agent("identity.tokens", "devices.uplink", organisation=city.ours)
    sign_in(client, maker)
    form = {"name": "Serveur", "scopes": ["devices.uplink"], "organisation": city.ours.pk, "days": 90}
    for wrong in (
        {"scopes": ["audit.view"]},
        {"scopes": []},
        {"organisation": ""},
        {"organisation": city.theirs.pk},
        {"days": 9},
    ):
        assert client.post("/backoffice/identity/tokens/new", {**form, **wrong}).status_code == 422
    page = client.post("/backoffice/identity/tokens/new", form)
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert verify_token(secret, "devices.uplink", clock.now()) is not None
    listing = client.get("/backoffice/identity/tokens/").content.decode()
    assert secret[:8] in listing
    assert secret not in listing
    token = ApiToken.objects.get()
    outsider = sign_in(Client(), make_agent("identity.tokens", organisation=city.theirs))
    assert "Serveur" not in outsider.get("/backoffice/identity/tokens/").content.decode()
    assert outsider.post(f"/backoffice/identity/tokens/{token.pk}/revoke").status_code == 404
    client.post(f"/backoffice/identity/tokens/{token.pk}/revoke")
    assert verify_token(secret, "devices.uplink", clock.now()) is None
    assert "Révoqué" in client.get("/backoffice/identity/tokens/").content.decode()


def test_a_maker_of_tokens_elsewhere_cannot_reach_here(client: Client, city: City) -> None:
    """Holds the scope here and makes tokens there: neither place has both."""
    maker = make_agent("identity.tokens", organisation=city.theirs)
    assign(user=maker, role=ensure_role(code="up", label="x", permissions=["devices.uplink"]), organisation=city.ours)
    sign_in(client, maker)
    form = {"name": "x", "scopes": ["devices.uplink"], "organisation": city.theirs.pk, "days": 90}
    assert client.post("/backoffice/identity/tokens/new", form).status_code == 422


def test_the_page_of_a_person_is_found_by_urn(city: City) -> None:
    from parvis.foundations.identity.pages import page_of_person
    from parvis.kernel.urn import Urn

    resident = make_resident()
    assert page_of_person(Urn.parse(city.local.urn)) == f"/backoffice/identity/agents/{city.local.uid}"
    assert page_of_person(Urn.parse(resident.urn)) == f"/backoffice/identity/residents/{resident.uid}"
    assert page_of_person(Urn("Person", "someone")) is None
    assert page_of_person(Urn("Person", "00000000-0000-0000-0000-000000000000")) is None
