"""The answer certificates: the files of the project that it names, and whether they can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim.errors import InputError
from copier_slim.reading import certificates, text_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCRIPT = "container/certificates.py"
SECRET = "secret:"  # noqa: S105 what stands before the name of one


def files_of(answers: Mapping[str, Any]) -> list[str]:
    """The files with certificates of authorities that the build reads, without the names of secrets."""
    lines = str(answers.get("certificates") or "").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith(SECRET)]


def problems(project: Path, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files that cannot be used, each with why, as in ("certs/company.crt", "it has expired, on …")."""
    for name in files_of(answers):
        try:
            why = certificates.why_not(text_files.content(project / name, text_files.LARGEST_FILE))
        except OSError as error:
            why = f"it cannot be read: {error.strerror}"
        if why:
            yield name, why


def check(project: Path, answers: Mapping[str, Any]) -> None:
    """Raises InputError for the first file that cannot be used."""
    for name, why in problems(project, answers):
        raise InputError(f"{project / name}: {why}")
