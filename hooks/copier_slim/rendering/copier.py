"""Copier, called from Python: the template rendered into a directory, its errors in one line."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import warnings
from contextlib import chdir, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from copier_slim.errors import InputError, ToolError, UsageError
from copier_slim.rendering.compiled_once import compiled_once
from copier_slim.rendering.source import Source, version
from copier_slim.worktree import git, view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from copier import Settings

ANSWERS_FILE = ".copier-answers.yml"
DETECTED = "detected"  # the answer in which the command remembers what it found
SOURCE = re.compile(r"^_src_path:.*(?:\n[ \t]+.*)*$", re.MULTILINE)


def files(place: Path) -> dict[str, bytes]:
    """The files of a rendering by their paths in it."""
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def asked(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to questions, without what Copier records of its own."""
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def render(
    source: Source,
    destination: Path,
    given: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    ask: bool,
    places: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Renders the template into an empty directory.

    `given` answers are not asked for; `found` ones open the prompts pre-filled, and stand as they are without `ask`;
    `places` says where these were read.
    Raises InputError for an answer that the questions refuse, UsageError where prompts have no terminal, ToolError
    where the template cannot be fetched.
    """
    if ask and not sys.stdin.isatty():
        raise UsageError("there is no terminal for questions; add --defaults")
    from copier import run_copy  # noqa: PLC0415 a quarter of a second

    own = settings()
    with running(source.path, given, {**found, **places}, own.defaults) as place:
        worker = run_copy(
            place, destination, vcs_ref=source.ref, quiet=True, defaults=not ask, settings=own,
            data=dict(given) if ask else {**found, **given}, user_defaults=dict(found) if ask else {},
        )  # fmt: skip
    if not (destination / ANSWERS_FILE).is_file():
        raise InputError(f"{source.path} is not a copier-slim template; leave out --template")
    if unknown := sorted(given.keys() - worker.template.questions_data.keys()):
        raise UsageError(
            f"--data {unknown[0]}: there is no such question; copier-slim detect --format yaml shows the names"
        )
    answers = destination / ANSWERS_FILE
    if source.recorded:
        _record(answers, source.recorded, f"v{version()}")
    elif place != source.path:
        name_source(answers, f"_src_path: {source.path}")


def _record(path: Path, source: str, commit: str) -> None:
    """Names the hosted template in the answers, at this version, for `copier update`."""
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^_commit: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    name_source(path, f"_commit: {commit}\n_src_path: {source}")


def name_source(path: Path, line: str) -> str:
    """Puts a line in place of the one by which an answers file names its template; the text before."""
    before = path.read_text(encoding="utf-8")
    path.write_text(SOURCE.sub(lambda _: line, before), encoding="utf-8")
    return before


def add_answer(path: Path, name: str, value: object) -> None:
    """Adds an answer to an answers file, in its place and in the form in which the template's filter writes it."""
    import yaml  # noqa: PLC0415 slow to import

    head, _, text = path.read_text(encoding="utf-8").partition("\n")
    answers = {**yaml.safe_load(text), name: value}
    form = yaml.safe_dump(answers, indent=4, allow_unicode=True, default_flow_style=False)
    path.write_text(f"{head}\n{form}", encoding="utf-8")


@contextmanager
def running(
    source: str,
    given: Mapping[str, Any] = MappingProxyType({}),
    found: Mapping[str, Any] = MappingProxyType({}),
    defaults: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[str]:
    """Where Copier runs: its git sees the user's configuration alone, and its errors are this command's.

    The current directory is an empty one, for git reads the configuration of the repository around it. Gives the place
    of the template, which is absolute where `source` is a path from the current directory on; the rest is as in
    `one_line_errors`.
    """
    place = absolute(source)
    template = Path(place).expanduser()
    with one_line_errors(given, found, defaults), tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        settings = view.own_filters(template) if template.is_dir() else {}
        above = os.pathsep.join(filter(None, [str(Path(directory).parent), os.environ.get("GIT_CEILING_DIRECTORIES")]))
        with git.isolated(settings, **git.NO_FETCH, GIT_CEILING_DIRECTORIES=above), _plumbum_too(), chdir(directory):
            yield place


def absolute(source: str) -> str:
    """A template's place, as an absolute path where it is a relative one that is there."""
    path = Path(source)
    named = ":" in source.partition("/")[0]  # gh:owner/name, https://…, host:path
    return str(path.absolute()) if not named and not path.is_absolute() and path.exists() else source


@contextmanager
def _plumbum_too() -> Iterator[None]:
    """Copier starts git by plumbum, which keeps the environment as it was when it was imported."""
    from plumbum import local  # noqa: PLC0415 slow to import

    with local.env():
        local.env.clear()
        local.env.update(os.environ)
        yield


@contextmanager
def one_line_errors(
    given: Mapping[str, Any] = MappingProxyType({}),
    found: Mapping[str, Any] = MappingProxyType({}),
    defaults: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[None]:
    """Turns what Copier raises into this command's errors.

    At fault may be answers that are `given`, those that were `found`, by where that is, and the user's own `defaults`.
    """
    from copier.errors import CopierError, ForbiddenPathError, InteractiveSessionError  # noqa: PLC0415 slow to import

    try:
        with libyaml(), compiled_once(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a checkout with changes of its own says so each time
            yield
    except InteractiveSessionError as error:
        if sys.stdin.isatty():  # Ctrl-D
            raise KeyboardInterrupt from error
        raise UsageError("there is no terminal for questions; add --defaults") from error
    except KeyboardInterrupt:  # one of Copier's is among its errors too
        raise
    except ForbiddenPathError as error:  # it says of which file, in quotes
        file = str(error).partition('" is forbidden')[0].removeprefix('"')
        raise InputError(f"{file} is behind a link that points outside the project; move that away first") from error
    except (CopierError, ValueError, TypeError) as error:
        raise InputError(_answer_error(error, given, found, defaults)) from error
    except Exception as error:
        if type(error).__module__.startswith(("plumbum", "git")):
            raise ToolError(f"the template cannot be fetched: {_last(error)}") from error
        raise


@contextmanager
def libyaml() -> Iterator[None]:
    """Lets Copier parse by libyaml, where PyYAML has it: the same values in a tenth of the time."""
    import yaml  # noqa: PLC0415 slow to import

    if not yaml.__with_libyaml__:
        yield
        return
    names = "SafeLoader", "FullLoader"
    before = {name: getattr(yaml, name) for name in names}
    try:
        for name in names:
            setattr(yaml, name, getattr(yaml, f"C{name}"))
        yield
    finally:
        for name in names:
            setattr(yaml, name, before[name])


def settings() -> Settings:
    """The user's settings of Copier; raises InputError where they are none."""
    from copier import load_settings  # noqa: PLC0415 slow to import
    from copier.errors import SettingsError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file that is not there
            return load_settings()
    except (SettingsError, OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"{_settings_place()} cannot be read: {why}; fix it, or name another file") from error


def _settings_place() -> str:
    path = os.environ.get("COPIER_SETTINGS_PATH")
    return f"{path}, which COPIER_SETTINGS_PATH names as Copier's settings," if path else "Copier's settings.yml"


def _answer_error(
    error: Exception, given: Mapping[str, Any], found: Mapping[str, Any], defaults: Mapping[str, Any]
) -> str:
    """What is wrong with an answer, and whose it is."""
    text = " ".join(str(error).split())
    if number := re.search(r"invalid literal for int\(\) with base 10: '(.*)'", text):
        values = {**defaults, **given}
        name = next((name for name, value in values.items() if str(value) == number[1]), "")
        why = f"{number[1]} is not a whole number"
    elif match := re.search(r"(?:[Vv]alidation error for question|Invalid choice for) '(\w+)': (.+)", text):
        name, why = match[1], match[2]
    else:
        return _last(error)
    if name not in given and name in found:
        return f"{found[name]}: {name} cannot be that: {why}; give another value with --data {name}=…"
    if name not in given and name in defaults:
        return f"{_settings_place()} has an invalid default for {name}: {why}; fix it"
    return f"--data {name or 'an answer'}: {why}"


def _last(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
