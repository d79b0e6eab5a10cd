"""Resources as pages for people."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import FileResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from altaigis.api import respond
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, spoken_language
from altaigis.domain.text import Language
from altaigis.domain.wording import number, told

#: No script, no frame and no outside address in the API's pages.
CSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
#: A page that draws: its script is a file of ours, asks this server alone, and gives pictures away.
WITH_SCRIPT = f"{CSP}; script-src 'self'; connect-src 'self'; font-src 'self'"
HEADERS = {"Content-Security-Policy": CSP}
MEDIA_TYPE = HTML + "; charset=utf-8"
KRAI = ZoneInfo("Asia/Barnaul")

_FOLDER = Path(__file__).parent / "templates"
_templates = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


def page(request: Request, template: str, *, policy: str = CSP, **content: Any) -> Response:
    """A page made from a template, in the language of the request."""
    headers = {"Content-Security-Policy": policy}
    return respond.data(request, _written(request, template, content), MEDIA_TYPE, headers=headers)


def refusal(request: Request, status: int, description: str, parameter: str | None) -> Response:
    """The page of a reader whose request cannot be answered: what is wrong, and the way on."""
    wrong = parameter if parameter in request.query_params else None
    back = Links(request).here(**{"after": None, **({wrong: None} if wrong else {})})
    content = {"status": status, "description": description, "parameter": wrong, "back": back}
    body = _written(request, "refusal.html", content)
    return Response(body, status, HEADERS, MEDIA_TYPE)


def _written(request: Request, template: str, content: dict[str, Any]) -> bytes:
    links = Links(request)
    language = spoken_language(request)
    other = "en" if language == "ru" else "ru"
    text = _templates.get_template(template).render(
        language=language,
        other_language=other,
        other_href=links.here(lang=other),
        href=links.href,
        t=lambda ru, en: ru if language == "ru" else en,
        number=lambda value, digits=None: number(value, language, digits),
        quantity=lambda value, unit=None: told(value, unit, language),
        date=lambda moment: date(moment, language),
        **content,
    )
    return text.encode()


def date(moment: datetime, language: Language) -> str:
    """The day in the krai, as people of the language write it."""
    day = moment.astimezone(KRAI)
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day.day} {day:%B %Y}"


def stylesheet() -> Response:
    """The one style sheet of these pages."""
    return FileResponse(
        _FOLDER / "api.css", media_type="text/css; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )
