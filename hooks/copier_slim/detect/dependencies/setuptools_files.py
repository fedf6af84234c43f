"""setup.py and setup.cfg, read without running them."""

from __future__ import annotations

import ast
import configparser
import warnings
from dataclasses import dataclass, field
from posixpath import join
from typing import TYPE_CHECKING, Any

from copier_slim.detect.dependencies.documents import beside, content, ini, parse_ini, place, quoted, texts
from copier_slim.detect.findings import Evidence
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.tree import Tree

FILE = "file:"
DEEPEST = 8


@dataclass(slots=True)
class SetupFile:
    """What one of the two files says: requirements themselves, or the files that hold them."""

    path: str
    name: str = ""
    metadata: bool = False  # it defines a distribution
    requirements: list[tuple[str, Evidence]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    extras: dict[str, list[str]] = field(default_factory=dict)
    python_requires: str = ""
    scripts: dict[str, str] = field(default_factory=dict)
    scm_version: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def says_requirements(self) -> bool:
        """Whether there is anything to install."""
        return bool(self.requirements or self.files)


def read_setup_cfg(tree: Tree, directory: str) -> SetupFile:
    """setup.cfg of a directory, empty where there is none; InputError where it is broken."""
    setup = SetupFile(beside(directory, "setup.cfg"))
    parser = ini(tree, setup.path)
    setup.name = parser.get("metadata", "name", fallback="").strip()
    setup.metadata = bool(setup.name)
    setup.python_requires = parser.get("options", "python_requires", fallback="").strip()
    stated = parser.get("options", "install_requires", fallback="")
    setup.requirements, setup.files = _listed(tree, setup.path, stated, directory)
    if parser.has_section("options.extras_require"):
        for extra, lines in parser.items("options.extras_require"):
            setup.extras[extra] = _lines(lines or "")
    setup.scripts = _commands(parser.get("options.entry_points", "console_scripts", fallback="") or "")
    return setup


def _lines(value: str) -> list[str]:
    """What setuptools takes for a list: lines, or a single line with ";" where it has no marker."""
    return [line.strip() for line in value.split("\n") if line.strip() and not line.strip().startswith("#")]


def _listed(tree: Tree, path: str, value: str, directory: str) -> tuple[list[tuple[str, Evidence]], list[str]]:
    if value.strip().startswith(FILE):
        names = [name.strip() for name in value.strip().removeprefix(FILE).split(",")]
        return [], [file for name in names if tree.has(file := beside(directory, name))]
    return [(line, place(tree, path, [f"\n    {line}", line], "install_requires")) for line in _lines(value)], []


def _commands(value: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in _lines(value))
    return {name.strip(): target.partition("[")[0].strip() for name, equals, target in pairs if equals}


def read_setup_py(tree: Tree, directory: str) -> SetupFile:
    """setup.py of a directory, empty where there is none; what cannot be told without running it is a note."""
    setup = SetupFile(beside(directory, "setup.py"))
    if not tree.has(setup.path):
        return setup
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = formats.python(content(tree, setup.path))
        _Script(tree, directory, module).fill(setup)
    except SyntaxError as error:
        where = Evidence(setup.path, error.lineno or 0).place
        setup.notes.append(f"{where}: is not Python 3 and is not read: {error.msg}")
    except (ValueError, RecursionError, MemoryError):
        setup.notes.append(f"{setup.path}: is not Python that can be read")
    return setup


class _Script:
    """A setup.py: its setup() call and the names bound in it."""

    def __init__(self, tree: Tree, directory: str, module: ast.Module) -> None:
        self.tree = tree
        self.directory = directory
        self.calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and _called(node) == "setup"]
        self.bound: dict[str, list[ast.AST]] = {}
        for node in ast.walk(module):
            for name, value in _bindings(node):
                self.bound.setdefault(name, []).append(value)

    def fill(self, setup: SetupFile) -> None:
        """Reads the arguments of setup()."""
        arguments = dict(self._arguments())
        setup.metadata = bool(self.calls)
        setup.name = self._string(arguments.get("name"))
        setup.python_requires = self._string(arguments.get("python_requires"))
        setup.scm_version = any(
            (name in arguments and self._value(arguments[name]) not in (None, False))
            or (name == "pbr" and name in arguments)
            for name in ("use_scm_version", "pbr")
        )
        setup.scripts = self._scripts(setup.path, arguments.get("entry_points"))
        extras = self._value(arguments.get("extras_require"))
        if isinstance(extras, dict):
            setup.extras = {key: texts(value) for key, value in extras.items() if isinstance(key, str)}
        stated = arguments.get("install_requires")
        if stated is not None:
            self._requirements(setup, stated)

    def _requirements(self, setup: SetupFile, stated: ast.expr) -> None:
        value = self._value(stated)
        if isinstance(value, str):
            value = _lines(value)
        if isinstance(value, (list, tuple, set)):
            for requirement in texts(list(value)):
                setup.requirements.append((requirement, place(self.tree, setup.path, quoted(requirement))))
            return
        setup.files = self._files(stated)
        if not setup.files:
            setup.notes.append(
                f"{setup.path}:{stated.lineno}: install_requires is computed; its requirements must be given by hand"
            )

    def _arguments(self) -> Iterator[tuple[str, ast.expr]]:
        for call in self.calls:
            for keyword in call.keywords:
                if keyword.arg:
                    yield keyword.arg, keyword.value
                    continue
                for node in self._resolved(keyword.value):  # setup(**arguments)
                    if isinstance(node, ast.Dict):
                        for key, value in zip(node.keys, node.values, strict=True):
                            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                                yield key.value, value
                    elif isinstance(node, ast.Call) and _called(node) == "dict":
                        yield from ((one.arg, one.value) for one in node.keywords if one.arg)

    def _resolved(self, node: ast.AST) -> list[ast.AST]:
        return self.bound.get(node.id, []) if isinstance(node, ast.Name) else [node]

    def _value(self, node: ast.AST | None, depth: int = 0) -> Any:  # noqa: ANN401 whatever the script says
        """The value of a literal, a name bound to one, or a sum of them; None where it is something else."""
        if node is None or depth > DEEPEST:
            return None
        if isinstance(node, ast.Name):
            bound = self.bound.get(node.id, [])
            return self._value(bound[-1], depth + 1) if bound else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._value(node.left, depth + 1), self._value(node.right, depth + 1)
            return left + right if isinstance(left, list) and isinstance(right, list) else None
        if isinstance(node, ast.Dict):
            keys = [self._value(key, depth + 1) for key in node.keys]
            values = [self._value(value, depth + 1) for value in node.values]
            return {key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str)}
        try:
            return ast.literal_eval(node) if isinstance(node, ast.expr) else None
        except (ValueError, TypeError):
            return None

    def _string(self, node: ast.expr | None) -> str:
        value = self._value(node)
        return value.strip() if isinstance(value, str) else ""

    def _files(self, stated: ast.AST) -> list[str]:
        """The files of the tree named in an expression, in what its names are bound to, or in functions it calls."""
        found: list[str] = []
        seen: set[int] = set()
        level: list[ast.AST] = [stated]
        for _ in range(DEEPEST):
            deeper: list[ast.AST] = []
            for node in level:
                words: list[str] = []
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) < 200:  # noqa: PLR2004 longer is no path
                        words.append(part.value)
                    elif isinstance(part, ast.Name):
                        deeper += [value for value in self.bound.get(part.id, []) if id(value) not in seen]
                        seen |= {id(value) for value in deeper}
                for word in (*words, "/".join(words)):
                    path = join(self.directory, word.removeprefix("./"))
                    if path.endswith((".txt", ".in", ".pip")) and self.tree.has(path) and path not in found:
                        found.append(path)
            level = deeper
            if found or not level:
                break
        return found

    def _scripts(self, path: str, node: ast.expr | None) -> dict[str, str]:
        value = self._value(node)
        if isinstance(value, str):
            parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
            parser.optionxform = str  # type: ignore[assignment,method-assign] # the documented way to keep the case
            parse_ini(parser, value, path)
            return dict(parser["console_scripts"]) if parser.has_section("console_scripts") else {}
        lines = value.get("console_scripts") if isinstance(value, dict) else None
        return _commands("\n".join(texts(lines)))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The names a statement binds, with what it binds them to; a function to its whole body."""
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.With):
        for item in node.items:
            if isinstance(item.optional_vars, ast.Name):
                yield item.optional_vars.id, item.context_expr
    elif isinstance(node, ast.FunctionDef):
        yield node.name, node
