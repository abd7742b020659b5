"""The desk where a mapping is written: the form, its rows, and what they make of the last uplinks. For profiles and the guided path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.kernel import clock, units
from parvis.kernel.contributions import AttributeSpec
from parvis.telemetry.context.presenting import attribute_label, specs_of, text
from parvis.telemetry.devices import permissions
from parvis.telemetry.devices.forms.profiles import (
    MappingFormSet,
    ProfileForm,
    SampleForm,
    mapping_formset,
    with_blank,
    with_line,
    without_row,
)
from parvis.telemetry.devices.mapping import OUT_OF_RANGE, TOO_FAST, Battery, FieldMapping
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, PastProfile
from parvis.telemetry.devices.rules.previewing import Sample, Seen, seen_through
from parvis.telemetry.devices.rules.suggesting import DecodedField, fields_of, suggest, suggest_battery, suggest_mapping
from parvis.telemetry.devices.samples import latest_samples

QUALITIES: Mapping[str, str | Promise] = {OUT_OF_RANGE: _("hors plage"), TOO_FAST: _("varie trop vite")}


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value as the page writes it; `doubt` says why it would be marked."""

    text: str
    unit: str
    at: datetime | None
    name: str
    doubt: str | Promise = ""
    is_absent: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    label: str
    attribute: str
    field: str
    latest: Value
    earlier: Sequence[Value]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`unused`: the fields that no line reads, with what the latest sample holds."""

    samples: Sequence[Sample]
    lines: Sequence[Line]
    battery: float | None
    has_battery: bool
    fields: Sequence[DecodedField]
    unused: Sequence[tuple[str, str]]
    attributes: Sequence[AttributeSpec]

    @property
    def failed(self) -> Sequence[Sample]:
        return [sample for sample in self.samples if sample.decoded is None]

    @property
    def is_of_uplinks(self) -> bool:
        return any(sample.at is not None for sample in self.samples)


@dataclass(frozen=True, kw_only=True)
class Desk:
    profile: DeviceProfile | None
    form: ProfileForm
    rows: MappingFormSet
    sample: SampleForm
    preview: Preview
    shown: PastProfile | None = None
    """The version that is looked at; None: the present one."""
    is_save: bool
    """Whether what was asked is to keep it, not to look at it."""

    def kept(self) -> DeviceProfile | None:
        """The profile to save; None when it is not asked, or something is wrong."""
        if not self.is_save or not self.form.is_valid() or not self.rows.is_valid():
            return None
        return self.form.profile(self.rows.mapping)


def desk(request: HttpRequest, known: DeviceProfile | None) -> Desk:
    """What the request asks of the desk: to open it, to add or remove a line, to preview, to save."""
    asked = request.POST if request.method == "POST" else None
    opened = _opened(request, known, asked)
    changed = None if asked is None else _edited(asked, opened.preview)
    return opened if changed is None else _opened(request, known, changed)


_READ_AGAIN = ("battery_field", "battery_empty", "battery_full")


def _opened(request: HttpRequest, known: DeviceProfile | None, data: QueryDict | None) -> Desk:
    past = _past(request, known) if data is None else None
    latest = Codec.objects.latest_versions() | Codec.objects.filter(profiles=known)
    form = ProfileForm(
        data,
        instance=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        codecs=permissions.shared(request, latest.distinct().order_by("name", "-version")),
        initial={name: getattr(past, name) for name in _READ_AGAIN} if past else None,
    )
    shown = past or known
    rows = mapping_formset(data, shown.mapping if shown else [])
    sample = SampleForm(data)
    return Desk(
        profile=known,
        form=form,
        rows=rows,
        sample=sample,
        preview=_preview(request, known, form, rows, sample, shown=shown),
        shown=past,
        is_save=data is not None and not data.keys() & {"preview", "add", "remove", "suggest"},
    )


def _edited(data: QueryDict, preview: Preview) -> QueryDict | None:
    """The rows after the button that was pressed; None when it was none of theirs."""
    if "remove" in data:
        return without_row(data, str(data["remove"]))
    if data.get("add") == "":
        return with_blank(data)
    if "add" in data:
        field = next((one for one in preview.fields if one.path == data["add"]), None)
        line = suggest(field, preview.attributes) if field else None
        taken = {one.attribute for one in preview.lines}
        if line is None or line.attribute in taken:
            line = FieldMapping(field=str(data["add"])[:200], attribute="")
        return with_line(data, line)
    if "suggest" in data:
        return _suggested(data, preview)
    return None


def _suggested(data: QueryDict, preview: Preview) -> QueryDict:
    """What looks like an attribute that has no line yet."""
    taken = {line.attribute for line in preview.lines}
    for line in suggest_mapping(preview.fields, preview.attributes):
        if line.attribute not in taken:
            data = with_line(data, line)
    battery = suggest_battery(preview.fields)
    if battery is not None and not data.get("battery_field"):
        data = data.copy()
        data["battery_field"] = battery.field
        data["battery_empty"] = "" if battery.empty_v is None else f"{battery.empty_v:g}"
        data["battery_full"] = "" if battery.full_v is None else f"{battery.full_v:g}"
    return data


def _past(request: HttpRequest, known: DeviceProfile | None) -> PastProfile | None:
    """The version that the address names."""
    number = request.GET.get("version", "")
    if known is None or not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    return known.past.filter(version=int(number)).first()


def _preview(
    request: HttpRequest,
    known: DeviceProfile | None,
    form: ProfileForm,
    rows: MappingFormSet,
    sample: SampleForm,
    *,
    shown: DeviceProfile | PastProfile | None,
) -> Preview:
    if form.is_bound:
        form.is_valid()
        codec, battery = form.cleaned_data.get("codec"), form.battery()
    else:
        codec, battery = known.codec if known else None, _battery_of(shown) if shown else None
    type_name = str(form["entity_type"].value() or "")
    specs = specs_of(type_name)
    samples = latest_samples(
        devices=permissions.visible(request, Device.objects.order_by("pk")),
        profile=known,
        codec=codec,
        pasted=sample.payload(),
        now=clock.now(),
    )
    lines = rows.lines()
    latest = next((one.decoded for one in samples if one.decoded is not None), None)
    fields = _all_fields(samples)
    read = {line.field for line in lines} | ({battery.field} if battery else set())
    return Preview(
        samples=samples,
        lines=[_line(line, type_name, specs, samples) for line in lines] if samples else [],
        battery=battery.percent(latest) if battery and latest else None,
        has_battery=battery is not None and latest is not None,
        fields=fields,
        unused=[(field.path, text(field.value)) for field in fields if field.path not in read],
        attributes=[spec for spec in specs.values() if spec.kind == "Property" and spec.name != "name"],
    )


def _battery_of(profile: DeviceProfile | PastProfile) -> Battery | None:
    if not profile.battery_field:
        return None
    return Battery(field=profile.battery_field, empty_v=profile.battery_empty, full_v=profile.battery_full)


def _all_fields(samples: Sequence[Sample]) -> list[DecodedField]:
    """Of all samples, for some fields are not in every message; each once, with its latest value."""
    found: dict[str, DecodedField] = {}
    for sample in samples:
        for field in fields_of(sample.decoded or {}):
            found.setdefault(field.path, field)
    return list(found.values())


def _line(line: FieldMapping, type_name: str, specs: Mapping[str, AttributeSpec], samples: Sequence[Sample]) -> Line:
    spec = specs.get(line.attribute)
    unit = units.symbol(line.unit_code or (spec.unit_code if spec else ""))
    values = [_value(seen, unit) for seen in seen_through(line, samples)]
    return Line(
        label=attribute_label(type_name, line.attribute),
        attribute=line.attribute,
        field=line.field,
        latest=values[0],
        earlier=values[1:],
    )


def _value(seen: Seen, unit: str) -> Value:
    is_number = isinstance(seen.value, int | float) and not isinstance(seen.value, bool)
    return Value(
        text=text(seen.value),
        unit=unit if is_number else "",
        at=seen.sample.at,
        name=seen.sample.name,
        doubt=QUALITIES.get(seen.quality, ""),
        is_absent=seen.value is None,
    )
