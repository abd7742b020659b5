"""Every component of the kit, live, with its markup: what developers copy and what the accessibility test reads."""

from datetime import timedelta
from math import sin

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.charts import Limit, TimeSeries
from parvis.capabilities.design.widgets import PhotoInput, SlabSelect
from parvis.kernel import clock
from parvis.kernel.access import signed_in

CATEGORIES = [("lighting", _("Éclairage")), ("waste", _("Déchets")), ("roads", _("Voirie"))]


class SampleForm(forms.Form):
    category = forms.ChoiceField(
        label=_("De quoi s’agit-il ?"),
        choices=CATEGORIES,
        widget=SlabSelect(icons={"lighting": "lamp", "waste": "trash-2", "roads": "construction"}),
    )
    description = forms.CharField(
        label=_("Ce que vous voyez"), help_text=_("Quelques mots suffisent."), widget=forms.Textarea, max_length=500
    )
    photo = forms.FileField(label=_("Une photo"), required=False, widget=PhotoInput)
    urgency = forms.ChoiceField(label=_("Urgence"), choices=[("low", _("Faible")), ("high", _("Forte"))])
    email = forms.EmailField(
        label=_("Votre adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    places = forms.MultipleChoiceField(
        label=_("Où ?"), choices=CATEGORIES, required=False, widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label=_("Prévenez-moi à chaque étape"), required=False)
    longitude = forms.FloatField(label=_("Longitude"), required=False)
    latitude = forms.FloatField(label=_("Latitude"), required=False)


@signed_in
def style_guide(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    start = now - timedelta(hours=24)
    points = [
        (start + timedelta(minutes=15 * i), 18 + 9 * sin(i / 13) + 3 * sin(i / 3)) for i in range(96) if not 40 < i < 50
    ]
    series = TimeSeries(
        label=str(_("Particules fines PM2,5")),
        unit="µg/m³",
        points=points,
        start=start,
        end=now,
        limits=[Limit(value=25, label=str(_("Seuil journalier")))],
    )
    context = {
        "form": SampleForm(),
        "refused": SampleForm({"email": "camille"}, prefix="refused"),
        "series": series,
        "empty_series": TimeSeries(label=str(_("Niveau de la rivière")), unit="m", points=[], start=start, end=now),
        "page": Paginator(range(230), 20).get_page(request.GET.get("page", 4)),
        "recently": now - timedelta(minutes=3),
        "tones": ["neutral", "info", "success", "warning", "danger"],
    }
    return render(request, "backoffice/style_guide.html", context)
