"""The JSON schemas of what the verbs print, in docs/schemas: `python -m website.schemas` writes them.

What `advise` prints are its models, so their schemas are made of these; the others are written here.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from copier_slim import catalog
from copier_slim.advise import model, sources
from copier_slim.verify import attested
from copier_slim.verify.outcome import Status
from website.bundle import ROOT

FOLDER = ROOT / "docs/schemas"
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number", "minimum": 0}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}


def record(**fields: Any) -> dict[str, Any]:
    """An object that has these fields and no others."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def several(**fields: Any) -> dict[str, Any]:
    """A list of such objects."""
    return {"type": "array", "items": record(**fields)}


EVIDENCE = record(path=TEXT, line=COUNT, text=TEXT)
SIZES = {"compressed": NUMBER, "on_disk": NUMBER}
ITEMS = several(name=TEXT, **SIZES)
BILL = record(base=TEXT, items=ITEMS, heaviest=ITEMS, layers=ITEMS, of_base=COUNT, hidden=ITEMS, **SIZES)
STARTS = record(first_answer_ms={"type": "array", "items": NUMBER}, memory={"type": "array", "items": NUMBER})
IMPORTS = record(ms=NUMBER, modules=COUNT, slowest=several(name=TEXT, own_ms=NUMBER, whole_ms=NUMBER, modules=COUNT))


def written() -> dict[str, dict[str, Any]]:
    """Each schema by its verb."""
    # Its annotations name it, and it is imported for type checkers alone
    setattr(model, "Architecture", catalog.Architecture)  # noqa: B010
    bodies = {
        "detect": record(
            answers={"type": "object"},
            findings=several(
                answer=TEXT, value={}, guess={"type": "boolean"}, evidence={"type": "array", "items": EVIDENCE}
            ),
            notes=TEXTS,
        ),
        "check": record(
            parts=several(answer=TEXT, recorded=TEXT, found=TEXT, mend=TEXT, evidence=EVIDENCE),
            findings=several(
                advisory=TEXT, title=TEXT, since=TEXT, mended=TEXT, mend=TEXT, evidence=EVIDENCE
            ),
        ),
        "verify": record(
            image=TEXT,
            image_id=TEXT,
            passed={"type": "boolean"},
            checks=several(
                id=TEXT, title=TEXT, status={"enum": [status.value for status in Status]}, looked_at=TEXT, found=TEXT,
                details=TEXTS, mend=TEXT,
            ),
            bill={"oneOf": [record(not_run=TEXT), BILL]},
            imports={"oneOf": [record(not_run=TEXT), IMPORTS]},
        ),
        "verify --same-as": record(
            image=TEXT,
            same_as=TEXT,
            same={"type": "boolean"},
            differences=several(layer=COUNT, instruction=TEXT, path=TEXT, what=TEXT),
        ),
        "tune": record(
            image=TEXT,
            python=TEXT,
            written={"type": "boolean"},
            problem=TEXT,
            gained={"type": "boolean"},
            **{"without": STARTS, "with": STARTS},
            eager_modules=several(module=TEXT, why=TEXT),
            asked=TEXTS,
            tests=TEXT,
            untried=several(process=TEXT, why=TEXT),
            starts=COUNT,
        ),
        "verify --attested": record(
            image=TEXT,
            dirty={"type": "boolean"},
            findings=several(
                platform=TEXT, about={"enum": [attested.COMMIT, attested.LOCK]}, passed={"type": "boolean"}, says=TEXT
            ),
        ),
        "advise": msgspec.json.schema(model.Advice),
        "advise --sources": msgspec.json.schema(sources.Sources),
    }  # fmt: skip
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {verb: {**head, "title": f"copier-slim {verb} --json", **body} for verb, body in bodies.items()}


def texts() -> dict[str, str]:
    """The files by name."""
    return {
        f"{verb.replace(' --', '-')}.json": json.dumps(schema, indent=2) + "\n" for verb, schema in written().items()
    }


def name(verb: str) -> str:
    """The file of a verb's schema."""
    return f"{verb.replace(' --', '-')}.json"


def main() -> None:
    """Writes the schemas."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in texts().items():
        (FOLDER / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
