"""Messages to people by e-mail, rendered from declared notices."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from parvis.kernel.contributions.reactions import Notice
from parvis.kernel.registry import registry


class UnknownNotice(LookupError):
    """No installed package declares this notice."""


def notice_named(name: str) -> Notice:
    for manifest, notice in registry.all(Notice):
        if f"{manifest.name}.{notice.code}" == name:
            return notice
    raise UnknownNotice(name)


def render(notice: Notice, context: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    """Subject (one line), text, HTML."""
    with translation.override(language):
        subject = " ".join(render_to_string(f"{notice.template}.subject.txt", dict(context)).split())
        text = render_to_string(f"{notice.template}.txt", dict(context))
        html = render_to_string(f"{notice.template}.html", dict(context))
    return subject, text, html


def send(
    *,
    notice: str,
    to: Sequence[str],
    context: Mapping[str, Any],
    language: str = "fr",
    organisation: Any = None,
) -> None:
    """Sends now, so call it from a reaction or a job. `notice` is `<package>.<code>`.

    Templates also get `organisation` and `site_url`. Raises `UnknownNotice`, and what the mail server raises.
    """
    whole = {"organisation": organisation, "site_url": settings.PARVIS_SITE_URL, "language": language, **context}
    subject, text, html = render(notice_named(notice), whole, language)
    message = EmailMultiAlternatives(
        subject=subject, body=text, to=list(to), headers={"Auto-Submitted": "auto-generated"}
    )
    message.attach_alternative(html, "text/html")
    message.send()
