from datetime import UTC, datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from parvis.capabilities.design.charts import TimeSeries

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def render(template: str, **context: object) -> str:
    return Template("{% load design %}" + template).render(Context(context))


def test_a_badge_escapes_and_refuses_an_unknown_tone() -> None:
    assert render("{% badge label 'danger' %}", label="<b>") == '<span class="badge badge--danger">&lt;b&gt;</span>'
    with pytest.raises(ValueError, match="pink"):
        render("{% badge 'x' 'pink' %}")


def test_pagination_keeps_the_filters() -> None:
    request = RequestFactory().get("/?state=open&page=2")
    html = render("{% pagination page %}", page=Paginator(range(100), 10).page(2), request=request)
    assert 'href="?state=open&amp;page=3"' in html
    assert html.count("aria-current") == 1
    assert "11 à 20 sur 100" in html


def test_one_page_needs_no_pagination() -> None:
    html = render("{% pagination page %}", page=Paginator(range(3), 10).page(1), request=RequestFactory().get("/"))
    assert html.strip() == ""


def test_relative_time_carries_the_date() -> None:
    html = render("{% relative_time at %}", at=NOW)
    assert 'datetime="2026-03-02T09:00:00+00:00"' in html
    assert "2 mars 2026 10:00" in html  # local time, in the title


def test_relative_time_of_nothing() -> None:
    assert "–" in render("{% relative_time at %}", at=None)


def test_a_chart_has_a_name_and_its_table() -> None:
    points = [(NOW + timedelta(minutes=15 * i), 10.0 + i) for i in range(20)]
    series = TimeSeries(label="Niveau <b>", unit="m", points=points, start=NOW, end=NOW + timedelta(hours=6))
    html = render("{% timeseries series %}", series=series)
    assert 'role="img"' in html
    assert "de 10,0 à 29,0 m" in html
    assert html.count("<tr>") == 21
    assert "<b>" not in html
    assert "style=" not in html  # the security policy would ignore it


def test_svg_numbers_are_not_localised() -> None:
    points = [(NOW + timedelta(minutes=7 * i), float(i)) for i in range(20)]
    html = render(
        "{% timeseries series %}",
        series=TimeSeries(label="x", points=points, start=NOW, end=NOW + timedelta(hours=3)),
    )
    attributes = [part.split('"')[0] for key in (' y1="', ' x="', ' cy="') for part in html.split(key)[1:]]
    assert attributes
    assert not [value for value in attributes if "," in value]


def test_a_chart_of_nothing_says_so() -> None:
    series = TimeSeries(label="x", points=[], start=NOW, end=NOW + timedelta(hours=1))
    assert "Aucune mesure" in render("{% timeseries series %}", series=series)


def test_empty_and_title() -> None:
    assert "<h1>Titre</h1>" in render("{% page_title 'Titre' %}")
    assert "Rien" in render("{% empty 'Rien' 'Texte' 'inbox' %}")
