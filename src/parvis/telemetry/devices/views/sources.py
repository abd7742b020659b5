"""Sources: the network servers, and exactly what to paste in them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.downlinks.addressing import SERVERS
from parvis.telemetry.devices.forms.sources import PlainForm, SampleForm, SourceForm
from parvis.telemetry.devices.howto import HOW_TO
from parvis.telemetry.devices.models import Server, Source
from parvis.telemetry.devices.sampling import Sampled, try_envelope
from parvis.telemetry.devices.services.sources import renew_key, save_source
from parvis.telemetry.devices.webhook.signatures import key_of

PER_PAGE = 50
UPLINKS_SHOWN = 20


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(permissions.shared(request, selectors.sources()), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "devices/sources.html", {"page": page, "may_create": permissions.may_create(request)})


@requires("devices.view")
@never_cache
@require_GET
def source(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.shared(request, selectors.sources()), pk=key)
    recent = permissions.visible_uplinks(request, selectors.uplinks_of_source(found))
    may_manage = permissions.may_manage(request, found)
    context = {
        "source": found,
        "uplinks": list(recent[:UPLINKS_SHOWN]),
        "webhook": f"{settings.PARVIS_SITE_URL}/ingest/{found.slug}",
        "how_to": HOW_TO[found.server],
        "signature_key": key_of(found) if found.signature and may_manage else "",
        "tokens": reverse("backoffice:identity:tokens") if rights_of(request).may("identity.tokens") else "",
        "may_manage": may_manage,
        "sends_downlinks": found.server in SERVERS,
    }
    return render(request, "devices/source.html", context)


@requires("devices.manage")
def create(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("devices.manage")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    return _write(request, _mine(request, key))


@requires("devices.manage")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the form, as it stands, reads in the sample: the part of the page that a script replaces."""
    return render(request, "devices/source_preview.html", {"sampled": _Desk(request, None).sampled})


@requires("devices.manage")
@require_POST
def new_key(request: HttpRequest, key: int) -> HttpResponse:
    renew_key(source=_mine(request, key), actor=permissions.agent(request).urn, now=clock.now())
    messages.success(request, _("Nouvelle clé : recopiez-la dans le serveur de réseau, l’ancienne ne sert plus."))
    return redirect("backoffice:devices:source", key)


def _mine(request: HttpRequest, key: int) -> Source:
    mine = permissions.reach(request, permissions.MANAGE)
    known = selectors.sources()
    return get_object_or_404(known if mine is None else known.filter(organisation_id__in=mine), pk=key)


@dataclass(init=False)
class _Desk:
    """The forms of one source, and what they read in the sample."""

    form: SourceForm
    plain: PlainForm
    sample: SampleForm

    def __init__(self, request: HttpRequest, known: Source | None) -> None:
        data: Any = request.POST if request.method == "POST" else None
        self.form = SourceForm(
            data,
            instance=known,
            organisations=permissions.owners(request),
            everywhere=permissions.reach(request, permissions.MANAGE) is None,
        )
        self.plain = PlainForm(data, stored=known.form if known else {})
        self.sample = SampleForm(data)

    @property
    def is_plain(self) -> bool:
        return self._server == Server.JSON

    @property
    def _server(self) -> str:
        """As chosen, valid or not."""
        return str(self.form["server"].value())

    def kept(self) -> Source | None:
        """What is to be saved, once all that matters is valid."""
        valid = [self.form.is_valid(), not self.is_plain or self.plain.is_valid()]
        return self.form.source(self.plain) if all(valid) else None

    @property
    def sampled(self) -> Sampled | None:
        """None: nothing to read."""
        server = self._server
        if not self.sample.is_bound or not self.sample.is_valid() or server not in Server.values:
            return None
        body, form = self.sample.cleaned_data["sample"].strip(), None
        if not body:
            return None
        if self.is_plain:
            if not self.plain.is_valid():
                return Sampled(refusal=_("Dites d’abord où sont le capteur et ses valeurs."))
            form = self.plain.form()
        return try_envelope(
            server=server, body=body, form=form, topic=self.sample.cleaned_data["topic"].strip(), now=clock.now()
        )


def _write(request: HttpRequest, known: Source | None) -> HttpResponse:
    desk = _Desk(request, known)
    if request.method == "POST" and "preview" not in request.POST and (source := desk.kept()):
        kept = save_source(source=source, actor=permissions.agent(request).urn, now=clock.now())
        messages.success(request, _("Source enregistrée."))
        return redirect("backoffice:devices:source", kept.pk)
    return render(request, "devices/source_form.html", {"desk": desk, "source": known})
