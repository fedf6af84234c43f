"""Each field that a file's published schema knows becomes an answer, or is named in a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copier_slim import catalog
from copier_slim.detect.repository import detect

from .conftest import CODE, repository
from .fields import DOCKERFILE, FILES, GUIDES, document, is_left, is_tables, leaves, named, shown, written
from .test_any_repository import SOON, check


@pytest.mark.parametrize("kind", FILES)
def test_every_field_of_a_schema_becomes_an_answer_or_is_named(kind: str, root: Path) -> None:
    path = FILES[kind][0]
    files = {**CODE, "Dockerfile": DOCKERFILE, "requirements.txt": "flask\n", path: written(kind)}
    files |= {"chart/Chart.yaml": "name: shop\n"} if kind == "helm" else {}
    findings = detect(repository(root, files), online=False).findings
    names, answers = named(findings, path), shown(findings)
    guides = {name.replace("*", "one") for name in catalog.statements()[kind].carried.get("guide", [])} | GUIDES.get(
        kind, set()
    )
    lost = []
    for field, value in leaves(document(kind)):
        plain = ".".join(field)
        texts = value if isinstance(value, list) else [value]
        is_guide = plain in guides or any(plain.endswith(f".{guide}") for guide in guides)
        is_carried = all(str(text) in answers for text in texts if str(text)) and plain not in names
        if kind == "kubernetes":  # which has the names of what the fields are in
            field = tuple(name for name in field if name not in ("spec", "template"))  # noqa: PLW2901 the shown one
        if str(value) and not (is_guide or is_carried or is_left(names, field)):
            lost.append(plain)
    assert lost == []


@pytest.mark.parametrize("kind", sorted(set(FILES) - {"devcontainer", "kubernetes", "helm", "gunicorn"}))
def test_an_unknown_field_is_named(kind: str, root: Path) -> None:
    path = FILES[kind][0]
    text = written(kind)
    if path.endswith(".json"):
        text = text.replace("{", '{"colour": "blue",', 1)
    elif path.endswith((".yaml", ".yml")):
        text = f"colour: blue\n{text}"
    elif path.endswith(".toml"):
        text = f'colour = "blue"\n{text}'
    else:
        text += "[colour]\nshade = blue\n"
    files = {**CODE, "Dockerfile": DOCKERFILE, path: text}
    findings = detect(repository(root, files), online=False).findings
    assert any("colour" in name for name in named(findings, path))


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "devcontainer"])
def test_no_schema_names_a_field_that_the_table_does_not_know(kind: str, root: Path) -> None:
    path = FILES[kind][0]
    files = {**CODE, "Dockerfile": DOCKERFILE, path: written(kind)}
    findings = detect(repository(root, files), online=False).findings
    assert not [note for note in findings.notes if "(unknown)" in note]


ODD = st.one_of(
    st.sampled_from(
        [
            "",
            "x",
            "-",
            "0",
            "-1",
            "99999",
            "a b",
            "'",
            '"',
            "$X",
            "${X:-a}",
            "{{ x }}",
            "/",
            "/..",
            "../x",
            "&&",
            "é",
            "\n",
        ]
    ),
    st.sampled_from(
        [[], {}, [[]], [{}], ["a", {}], {"a": {}}, {"a": []}, ["gunicorn", ""], [""], "gunicorn shop.web:app"]
    ),
)


@pytest.mark.parametrize("kind", FILES)
@SOON
@given(data=st.data())
def test_any_value_in_any_field(kind: str, data: st.DataObject) -> None:
    found = document(kind)
    places = sorted({path[:end] for path, _ in leaves(found) for end in range(1, len(path) + 1)})
    for path in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        at: Any = found
        for name in path[:-1]:
            at = at.get(name) if isinstance(at, dict) else None
            at = at[0] if is_tables(at) else at
        if isinstance(at, dict):
            at[path[-1]] = data.draw(ODD)
    try:
        text = written(kind, found)
    except (AttributeError, TypeError):  # nothing that the format can say
        return
    check({**CODE, "Dockerfile": DOCKERFILE, "requirements.txt": "flask\n", FILES[kind][0]: text})
