"""What residents are written: once, in their language, under the identity of their portal, safely."""

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client

from parvis.domains.requests import notices
from parvis.domains.requests.models import RequestEvent
from parvis.domains.requests.services import correspondence, personal, triage
from parvis.domains.requests.tests.factories import City, code_of, later, make_city, make_request
from parvis.foundations.identity.tests.factories import make_agent, make_resident
from parvis.kernel.testing import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city() -> City:
    return make_city()


def only() -> EmailMultiAlternatives:
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def html_of(message: EmailMultiAlternatives) -> str:
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return str(html)


def test_reception_is_acknowledged_with_the_code_and_a_link_that_works(client: Client) -> None:
    made = make_request(contact_email="odile@exemple.fr", address="12 rue des Tilleuls")
    deliver()
    message = only()
    code = code_of(made)
    assert message.to == ["odile@exemple.fr"]
    assert message.subject == f"Signalement {made.number} reçu : Éclairage en panne"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    for text in (message.body, html_of(message)):
        assert f"{code[:5]}-{code[5:]}" in text
        assert "12 rue des Tilleuls" in text
        assert "Parvis Métropole" in text
    link = re.search(r"http://127.0.0.1:8000(/\S+)", message.body)
    assert link
    assert made.number in client.get(link[1]).content.decode()


def test_the_link_leads_to_the_portal_of_the_report(city: City, client: Client) -> None:
    made = make_request(contact_email="odile@exemple.fr", portal_id=city.town_b.pk)
    deliver()
    assert f"http://127.0.0.1:8000/c/bruyere/requests/t/{code_of(made)}" in only().body
    assert "Ville de Bruyère" in only().body


def test_jobs_hold_no_personal_data_and_no_code() -> None:
    made = make_request(
        contact_email="odile@exemple.fr",
        contact_name="Odile Exemple",
        contact_phone="0380000000",
        description="Mme Secret",
    )
    correspondence.answer(request_id=made.pk, version=None, text="Confidentiel", by=make_agent(), now=later())
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        jobs = " ".join(str(json.loads(row[0])) for row in cursor.fetchall())
    assert made.number in jobs
    for secret in ("odile", "Odile", "0380000000", "Secret", "Confidentiel", code_of(made)):
        assert secret not in jobs, secret


def test_nobody_is_written_to_without_an_address() -> None:
    make_request(contact_phone="0380000000")
    deliver()
    assert mail.outbox == []


def test_an_account_is_written_to_at_its_address() -> None:
    rose = make_resident(email="rose@exemple.fr")
    make_request(reporter=rose)
    deliver()
    assert only().to == ["rose@exemple.fr"]


def test_a_step_is_told_once() -> None:
    make_request(contact_email="odile@exemple.fr")
    deliver()
    step = RequestEvent.objects.get()
    assert step.notified_at is not None
    notices.tell_resident(_event(step))
    assert len(mail.outbox) == 1


def _event(step: RequestEvent) -> Any:
    from parvis.domains.requests.events import RequestAnswered

    return RequestAnswered(urn=step.service_request.urn, number="", step_id=step.pk, at=step.at)


def test_a_mail_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    make_request(contact_email="odile@exemple.fr")
    step = RequestEvent.objects.get()
    from django.db import transaction

    def broken(**_: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("parvis.domains.requests.notices.mail.send", broken)
        with pytest.raises(ConnectionRefusedError), transaction.atomic():
            notices.tell_resident(_event(step))
    step.refresh_from_db()
    assert step.notified_at is None
    notices.tell_resident(_event(step))
    assert len(mail.outbox) == 1


def test_markup_of_a_message_is_text_in_both_parts() -> None:
    made = make_request(contact_email="odile@exemple.fr", address="<img src=x>")
    deliver()
    mail.outbox.clear()
    correspondence.answer(
        request_id=made.pk,
        version=None,
        text="<script>alert(1)</script> d’accord & merci",
        by=make_agent(),
        now=later(),
    )
    deliver()
    message = only()
    assert "<script>alert(1)</script> d’accord & merci" in message.body, "plain text is left as written"
    html = html_of(message)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img" not in html


def test_headers_cannot_be_injected() -> None:
    made = make_request(
        contact_email="odile@exemple.fr", contact_name="x\r\nBcc: tous@exemple.fr", address="a\r\nBcc: b@exemple.fr"
    )
    made.category.label = "Trou\r\nBcc: tous@exemple.fr"
    made.category.save()
    deliver()
    raw = only().message().as_string()
    assert "\nBcc:" not in raw.split("\n\n")[0]
    assert only().recipients() == ["odile@exemple.fr"]


def test_each_person_is_written_to_in_their_language() -> None:
    made = make_request(contact_email="odile@exemple.fr", language="en")
    seen: list[str] = []
    deliver()
    seen.append(html_of(only()))
    assert '<html lang="en">' in seen[0]
    assert made.number in seen[0]


def test_refusal_gives_the_reason_and_internal_words_stay_inside() -> None:
    made = make_request(contact_email="odile@exemple.fr")
    agent = make_agent()
    correspondence.note(request_id=made.pk, text="Rapporteur habituel", by=agent, now=later())
    triage.refuse(request_id=made.pk, version=None, reason="Terrain privé.", by=agent, now=later(2))
    deliver()
    assert "Terrain privé." in mail.outbox[-1].body
    assert all("habituel" not in message.body for message in mail.outbox)


def test_after_erasure_nobody_is_written_to() -> None:
    made = make_request(contact_email="odile@exemple.fr")
    deliver()
    mail.outbox.clear()
    triage.close(request_id=made.pk, version=None, by=make_agent(), now=later())
    from parvis.domains.requests.models import Request

    personal.erase_contact(Request.objects.filter(pk=made.pk), now=later(2))
    deliver()
    assert mail.outbox == []
