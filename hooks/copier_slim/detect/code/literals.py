"""Data of the operating system that code names by a literal: time zones, fonts, MIME types, locales, CA bundles."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Finding, Findings

LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}(?:\.(?:UTF-8|utf8|ISO-?8859-\d{1,2}))?")
OTHER_BUNDLES = re.compile(r"/etc/pki/\S+|/etc/ssl/(?:cert\.pem|ca-bundle\.pem)|/usr/local/etc/openssl\S*")
LANGUAGE = re.compile(r"[a-z]{3}(?:_[A-Za-z]+)?(?:\+[a-z]{3}(?:_[A-Za-z]+)?)*")
SUITES = ("bookworm", "trixie")


def answer(findings: Findings, code: Code, modules: list[Module], made: Mapping[str, Evidence]) -> None:
    """Adds the locales that are `made` and those that the code sets, and notes bundles that Debian does not have."""
    if found := {**made, **locales(code, modules)}:
        findings.add("locales", "\n".join(found), *found.values())
    for path, place in bundles(code, modules):
        findings.note(
            f"{place.place} names {path}, which Debian has not;"
            " its certificates are in /etc/ssl/certs/ca-certificates.crt"
        )


def packages(code: Code, modules: Iterable[Module], suite: str, variables: Finding | None) -> dict[str, Evidence]:
    """The packages of a suite of Debian that have what code, or one of the `variables`, names, with the place."""
    found: dict[str, Evidence] = {}
    rows = {
        name: row
        for name, row in catalog.literals().items()
        if not row.since or SUITES.index(suite) >= SUITES.index(row.since)
    }
    quick = re.compile("|".join(f"[\"'](?:{row.pattern})[\"']" for row in rows.values()))
    for module in _with(quick, code, modules):
        for text, line, within in _texts(module):
            for package, row in rows.items():
                bound = within in (*row.names, *row.only) or not row.only
                if bound and re.fullmatch(row.pattern, text):
                    found.setdefault(package, code.evidence(module, line))
    for said in str(variables.value).splitlines() if variables else ():
        name, _, value = said.partition("=")
        for package, row in rows.items():
            if name in row.names and re.fullmatch(row.pattern, value):
                found.setdefault(package, Evidence(said))
    for module in _with(re.compile("pytesseract"), code, modules):
        for language, line in _languages(module):
            found.setdefault(f"tesseract-ocr-{language.lower().replace('_', '-')}", code.evidence(module, line))
    return found


def _with(pattern: re.Pattern[str], code: Code, modules: Iterable[Module]) -> Iterator[Module]:
    """The modules in whose text something matches: the others need not be walked."""
    return (module for module in modules if pattern.search(code.tree.text(module.path) or ""))


def _languages(module: Module) -> Iterator[tuple[str, int]]:
    """The languages that pytesseract is asked for, beside those that come with tesseract, with the line."""
    for call in module.calls():
        if not module.full_name(call.func).startswith("pytesseract."):
            continue
        for item in call.keywords:
            text = item.value.value if isinstance(item.value, ast.Constant) else None
            if item.arg == "lang" and isinstance(text, str) and LANGUAGE.fullmatch(text):
                yield from ((language, call.lineno) for language in text.split("+") if language not in ("eng", "osd"))


def locales(code: Code, modules: Iterable[Module]) -> dict[str, Evidence]:
    """The locales that the code sets."""
    found: dict[str, Evidence] = {}
    for module in _with(re.compile("setlocale"), code, modules):
        for call in module.calls():
            if module.full_name(call.func) != "locale.setlocale":
                continue
            for node in ast.walk(call):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and LOCALE.fullmatch(node.value):
                    name, _, charset = node.value.partition(".")
                    charset = {"utf8": "UTF-8", "": "ISO-8859-1"}.get(charset, charset)
                    found.setdefault(f"{name}.{charset}", code.evidence(module, call.lineno))
    return found


def bundles(code: Code, modules: Iterable[Module]) -> Iterator[tuple[str, Evidence]]:
    """Paths of certificate bundles that other systems have, and Debian has not."""
    for module in _with(OTHER_BUNDLES, code, modules):
        for text, line, _ in _texts(module):
            if OTHER_BUNDLES.fullmatch(text):
                yield text, code.evidence(module, line)


def _texts(module: Module) -> Iterator[tuple[str, int, str]]:
    """The texts of a module, each with its line, and the full name of its call or the name it is bound to."""
    within: dict[int, str] = {}
    for node in module.nodes:
        match node:
            case ast.Call(args=args):
                within |= {id(item): module.full_name(node.func) for item in args}
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                within[id(value)] = name
            case ast.Constant(value=str(text)):
                yield text, node.lineno, within.get(id(node), "")
