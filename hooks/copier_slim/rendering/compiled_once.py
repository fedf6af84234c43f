"""Jinja's compilation of each text once in a process, which is two fifths of what Copier computes for a rendering."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from types import CodeType

    from jinja2 import Environment

_KNOWN: dict[Hashable, CodeType] = {}


@contextmanager
def compiled_once() -> Iterator[None]:
    """Lets Copier, which asks Jinja for the same again and again, have the code that is there."""
    from jinja2 import Environment  # noqa: PLC0415 slow to import

    before = Environment.compile

    def compiled(self: Environment, source: Any, name: str | None = None, *more: Any, **options: Any) -> Any:  # noqa: ANN401 Jinja's
        raw = options.get("raw") or more[1:2] == (True,)
        if not isinstance(source, str) or raw or callable(self.autoescape) or self.finalize:
            return before(self, source, name, *more, **options)
        key = (
            source, name, more[2:], options.get("defer_init"),
            # The lexer is one object for all environments with the same settings of the syntax
            type(self), self.lexer, self.autoescape, self.optimized, self.is_async, self.sandboxed,
            *(frozenset(names) for names in (self.extensions, self.filters, self.tests)),
        )  # fmt: skip
        if key in _KNOWN:
            self.preprocess(source, name)  # by which extensions begin anew, as Copier's own does
        else:
            _KNOWN[key] = before(self, source, name, *more, **options)
        return _KNOWN[key]

    Environment.compile = compiled  # type: ignore[method-assign]
    try:
        yield
    finally:
        Environment.compile = before  # type: ignore[method-assign]
