"""The template's texts, rendered by Jinja as Copier does, and again only where what they read has changed.

Copier itself is not used: it needs git, a terminal and seconds to load. tests/site holds that the files are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, nodes
from jinja2.ext import Extension
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jinja2 import Environment, Template
    from jinja2.parser import Parser

SUFFIX = ".jinja"
YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is not there in a browser


@dataclass
class Bundle:
    """The template as one thing that can be pickled.

    `files` are its texts by path, `modes` those of a project's files, `questions` what copier.yml includes.
    `parsed` has values by their YAML, `compiled` Jinja's code by its text: neither is made again in the browser.
    """

    files: dict[str, bytes]
    modes: dict[str, int]
    questions: dict[str, dict[str, Any]]
    options: dict[str, Any]
    version: str = ""
    parsed: dict[str, Any] = field(default_factory=dict)
    compiled: dict[tuple[str, str | None], str] = field(default_factory=dict)


class _Recorder(Context):
    """A context that keeps which of the answers were read."""

    def resolve_or_missing(self, key: str) -> Any:
        value = super().resolve_or_missing(key)
        around = self.environment.around  # type: ignore[attr-defined]
        if value is around.get(key, missing):  # no variable of a loop
            self.environment.read[key] = value  # type: ignore[attr-defined]
        return value


class _Yield(Extension):
    """Copier's tag `yield`, in the name of a file that stands for several."""

    tags = {"yield"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        name = parser.parse_assign_target(name_only=True).name
        parser.stream.expect("name:from")
        call = self.call_method("_each", [nodes.ContextReference(), nodes.Const(name), parser.parse_expression()])
        body = parser.parse_statements(("name:endyield",), drop_needle=True)
        return nodes.CallBlock(call, [], [], body, lineno=line)

    def _each(self, context: Context, name: str, values: Any, caller: Callable[[], str]) -> str:
        self.environment.each = name, list(values)  # type: ignore[attr-defined]
        return "" if context.resolve_or_missing(name) is missing else caller()


class _Loader(BaseLoader):
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002
        if template not in self.files:
            raise TemplateNotFound(template)
        return self.files[template].decode(), template, lambda: True


class _Environment(SandboxedEnvironment):
    context_class = _Recorder
    around: Mapping[str, Any]
    read: dict[str, Any]
    each: tuple[str, list[Any]] | None
    bundle: Bundle

    def compile(self, source: Any, name: str | None = None, filename: str | None = None, **options: Any) -> Any:  # type: ignore[override]
        """Jinja's own, which keeps the code that it writes; from that, Python's compiler takes a tenth of the time."""
        if options or not isinstance(source, str):
            return super().compile(source, name, filename, **options)
        key = source, name
        if key not in self.bundle.compiled:
            self.bundle.compiled[key] = super().compile(source, name, filename, raw=True)
        return compile(self.bundle.compiled[key], filename or name or "<template>", "exec")


@dataclass
class Rendered:
    """A text, the answers that it was made from, and what `yield` in it goes over."""

    text: str
    read: dict[str, Any]
    each: tuple[str, list[Any]] | None


class Renderer:
    """Renders texts and files of a template."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._texts: dict[str, Template] = {}
        self._done: dict[tuple[str, str], Rendered] = {}

    @cached_property
    def environment(self) -> _Environment:
        """Jinja's, with the filters and settings that Copier gives it."""
        options = {"keep_trailing_newline": True, **self.bundle.options}  # the one default of Copier's own
        options.pop("undefined", None)
        made = _Environment(
            loader=_Loader(self.bundle.files), undefined=StrictUndefined, cache_size=-1, auto_reload=False,
            extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension", _Yield], **options,
        )  # fmt: skip
        made.bundle, made.around, made.read, made.each = self.bundle, {}, {}, None
        made.filters["from_yaml"] = self.parse
        return made

    def parse(self, text: Any) -> Any:
        """The value that is written in YAML; the same object for the same text."""
        if not isinstance(text, str):
            return text
        if text not in self.bundle.parsed:
            self.bundle.parsed[text] = yaml.load(text, YamlLoader)  # noqa: S506 it is a safe one
        return self.bundle.parsed[text]

    def text(self, source: Any, answers: Mapping[str, Any]) -> Any:
        """A value of a question, rendered; what is no text stays as it is."""
        if isinstance(source, list):
            return [self.text(item, answers) for item in source]
        return self._render(("", source), answers).text if isinstance(source, str) else source

    def _render(self, key: tuple[str, str], answers: Mapping[str, Any]) -> Rendered:
        """What the text, or the file of that path, gives with these answers."""
        kept = self._done.get(key)
        if kept and all(_same(answers.get(name, missing), value) for name, value in kept.read.items()):
            return kept
        self.environment.around, self.environment.read, self.environment.each = answers, {}, None
        text = self._template(key).render(answers)
        made = self._done[key] = Rendered(text, self.environment.read, self.environment.each)
        return made

    def _template(self, key: tuple[str, str]) -> Template:
        path, source = key
        if path:
            return self.environment.get_template(path)
        if source not in self._texts:
            self._texts[source] = self.environment.from_string(source)
        return self._texts[source]

    def files(self, answers: Mapping[str, Any]) -> dict[str, tuple[int, bytes]]:
        """The project's files by path: their mode and content."""
        found = {}
        for path in sorted(self.bundle.modes):
            relative = PurePosixPath(path).relative_to("template")
            made = relative.name.endswith(SUFFIX)
            parts = relative.with_suffix("").parts if made else relative.parts
            for name, more in self._paths(parts, {}, answers):
                if not made:
                    found[name] = self.bundle.modes[path], self.bundle.files[path]
                    continue
                key = path, "".join(f"{one}={value}\n" for one, value in more.items())
                text = self._render(key, {**answers, **more} if more else answers).text
                found[name] = self.bundle.modes[path], text.encode()
        return found

    def _paths(
        self, parts: tuple[str, ...], more: dict[str, Any], answers: Mapping[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The paths that a templated one stands for, with the value of `yield` that each is for."""
        if not parts:
            yield "", more
            return
        made = self._render(("", parts[0]), answers)
        name, values = made.each or ("", [None])
        for value in values:
            own = {**more, name: value} if name else more
            part = self._render(("", parts[0]), {**answers, **own}).text if name else made.text
            if part:
                for rest, all_of_it in self._paths(parts[1:], own, answers):
                    yield f"{part}/{rest}" if rest else part, all_of_it


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and one == other)
