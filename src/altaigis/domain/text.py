"""Text in the two languages of the project."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")


class Text(BaseModel):
    """A title or description in Russian and English; both are required everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)

    ru: str
    en: str

    def in_(self, language: Language) -> str:
        return self.ru if language == "ru" else self.en
