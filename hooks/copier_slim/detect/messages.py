"""Translations that are compiled in the build, as the repository has their sources alone: Django's, Babel's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.code import django

if TYPE_CHECKING:
    from collections.abc import Collection

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.findings import Evidence

SOURCE = re.compile(r"(?P<folder>(?:[^/]+/)*[^/]+)/[A-Za-z_@-]+/LC_MESSAGES/(?P<domain>[\w-]+)\.po")
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
COMPILES = re.compile(r"compilemessages|pybabel|msgfmt|translate compile|compile_catalog")
BABEL = ("babel", "flask-babel", "flask-babelex", "fastapi-babel", "quart-babel")
# Domains of Django's, https://docs.djangoproject.com/en/stable/topics/i18n/translation/
DJANGO = ("django", "djangojs")


def steps(code: Code, names: Collection[str], known: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], Evidence]:
    """The commands that compile them, each with a file for which it is needed; none where one is `known`.

    `names` are the distributions of the project.
    """
    if any(COMPILES.search(" ".join(step)) for step in known):
        return {}
    tree, project = code.tree, django.find(code)
    found: dict[tuple[str, ...], Evidence] = {}
    for path in tree.files:
        match = SOURCE.fullmatch(path)
        if not match or "tests" in path.split("/") or tree.has(f"{path.removesuffix('.po')}.mo"):
            continue
        if project and match["domain"] in DJANGO:
            found.setdefault(("python", project.manage, "compilemessages"), tree.evidence(path))
        elif set(BABEL) & set(names) and PLAIN.fullmatch(match["folder"]):
            step = ("pybabel", "compile", "--domain", match["domain"], "--directory", match["folder"])
            found.setdefault(step, tree.evidence(path))
    return found
