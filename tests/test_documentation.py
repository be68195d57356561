"""The documents that mirror the code do mirror it."""

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]


def test_the_glossary_has_one_row_a_term() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.M)[1:]
    terms = [term for term, _ in rows]
    assert len(terms) > 50
    assert len(terms) == len(set(terms))


def test_every_model_the_trade_speaks_of_is_in_the_glossary() -> None:
    text = (ROOT / "docs/glossary.md").read_text()
    technical = {"AuditHead", "SchoolChange", "EntryFile", "PartResult", "IndicatorResult", "Coefficient"}
    for app in ("portal", "schools", "indicators", "inspections"):
        for model in apps.get_app_config(app).get_models(include_auto_created=False):
            assert model.__name__ in technical or f"`{model.__name__}`" in text, model.__name__


def test_every_environment_variable_is_in_the_example() -> None:
    settings = (ROOT / "portal/config/settings.py").read_text() + (ROOT / "portal/config/env.py").read_text()
    named = set(re.findall(r'(?:env\.\w+|required|secret)\("([A-Z_]+)"', settings))
    example = (ROOT / ".env.example").read_text()
    undocumented = {name for name in named if f"\n{name}=" not in example}
    assert undocumented <= {"DEBUG", "STATIC_ROOT", "JOB_FORGOTTEN_SECONDS"}


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text
