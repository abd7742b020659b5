"""The colours and the logo that portal pages load."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules.colour import contrast
from parvis.foundations.organisations.tests.factories import make_metropolis
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def metropolis() -> Organisation:
    return make_metropolis(slug="dijon", name="Dijon Métropole", primary_colour="#ffd400")


def test_the_variables_of_the_kit_in_light_and_dark(client: Client, metropolis: Organisation) -> None:
    response = client.get(reverse("portal:organisations:theme", args=["dijon"]))
    assert response["Content-Type"].startswith("text/css")
    light, system_dark, chosen_dark = re.findall(
        r"--brand: (#\w{6}); --brand-ink: (#\w{6}); ", response.content.decode()
    )
    assert light == ("#ffd400", "#14181b")
    assert system_dark == chosen_dark
    assert contrast(*system_dark) >= 4.5
    assert response.content.decode().count("--brand-strong") == response.content.decode().count("--brand-soft") == 3


@pytest.mark.parametrize("name", ["theme", "logo"])
def test_they_are_cached_until_they_change(client: Client, metropolis: Organisation, name: str) -> None:
    address = reverse(f"portal:organisations:{name}", args=["dijon"])
    first = client.get(address)
    assert "public" in first["Cache-Control"]
    unchanged = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    Organisation.objects.update(primary_colour="#123456")
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
    assert client.get(reverse(f"portal:organisations:{name}", args=["nulle-part"])).status_code == 404
    with assert_num_queries(2):  # whose portal, and the organisation
        client.get(address)


def test_a_logo_is_locked_and_a_monogram_replaces_none(client: Client, metropolis: Organisation) -> None:
    address = reverse("portal:organisations:logo", args=["dijon"])
    drawn = client.get(address)
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "sandbox" in drawn["Content-Security-Policy"]
    assert "default-src 'none'" in drawn["Content-Security-Policy"]
    assert ">DM</text>" in drawn.content.decode()
    Organisation.objects.update(logo_svg="<svg/>")
    assert client.get(address).content == b"<svg/>"
