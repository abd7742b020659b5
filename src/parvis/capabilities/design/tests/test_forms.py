"""What the form templates promise assistive technology."""

from html.parser import HTMLParser

import pytest
from django import forms
from django.template import Context, Template

from parvis.capabilities.design.widgets import PhotoInput, SlabSelect


class Report(forms.Form):
    category = forms.ChoiceField(
        label="Sujet", choices=[("a", "Lampe"), ("b", "Trou")], widget=SlabSelect(icons={"a": "lamp"})
    )
    text = forms.CharField(label="Texte", help_text="Quelques mots.", widget=forms.Textarea)
    email = forms.EmailField(label="Courriel", required=False)
    told = forms.BooleanField(label="Prévenez-moi", required=False)
    photo = forms.FileField(label="Photo", required=False, widget=PhotoInput)
    token = forms.CharField(widget=forms.HiddenInput)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def one(self, tag: str, **wanted: str) -> dict[str, str | None]:
        found = [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in wanted.items())]
        assert len(found) == 1, f"{len(found)} <{tag} {wanted}>"
        return found[0]

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if attrs.get("id")]


def drawn(form: forms.Form, template: str = "{{ form }}") -> Tags:
    return Tags(Template("{% load design %}" + template).render(Context({"form": form})))


def test_each_control_has_its_label() -> None:
    page = drawn(Report())
    for name in ("text", "email", "told", "photo"):
        page.one("label", **{"for": f"id_{name}"})


def test_a_group_has_a_legend_and_its_choices_labels() -> None:
    page = drawn(Report(), "{% field form.category %}")
    page.one("legend")
    page.one("label", **{"for": "id_category_0"})


def test_hint_and_error_are_read_with_the_control() -> None:
    page = drawn(Report({"email": "camille"}))
    text = page.one("textarea", id="id_text")
    assert text["aria-describedby"] == "id_text_helptext id_text_error"
    assert text["aria-invalid"] == "true"
    assert page.one("input", id="id_email")["aria-describedby"] == "id_email_error"
    for described in ("id_text_helptext", "id_text_error", "id_email_error"):
        assert described in page.ids()


def test_a_refused_group_says_why_to_the_group() -> None:
    assert drawn(Report({})).one("fieldset")["aria-describedby"] == "id_category_error"


def test_the_summary_leads_to_each_field() -> None:
    page = drawn(Report({"email": "camille"}))
    targets = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert targets == ["#id_category_group", "#id_text", "#id_email"]
    assert {target.removeprefix("#") for target in targets if target} <= set(page.ids())


def test_no_id_twice() -> None:
    ids = drawn(Report({"email": "camille"})).ids()
    assert len(ids) == len(set(ids))


def test_optional_fields_say_so() -> None:
    html = Template("{{ form }}").render(Context({"form": Report()}))
    assert html.count("(facultatif)") == 2  # the e-mail and the photo; a box to tick needs no word


def test_hostile_text_is_escaped() -> None:
    form = Report({"text": "<script>alert(1)</script>", "category": "<b>"})
    assert "<script>" not in Template("{{ form }}").render(Context({"form": form}))


@pytest.mark.parametrize("lighter", [False, True])
def test_a_photo_keeps_its_position_unless_asked(lighter: bool) -> None:
    html = PhotoInput(lighter=lighter).render("photo", None)
    assert ("data-photo-lighter" in html) is lighter
