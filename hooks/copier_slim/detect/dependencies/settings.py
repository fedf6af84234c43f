"""What files of settings, uv's and pip's, say of package indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim.detect.dependencies import find_links
from copier_slim.detect.dependencies.documents import ini, place, table, tables, text, texts, toml

if TYPE_CHECKING:
    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.tree import Tree

PIP = "pip.conf"
# Where requests go and what is taken, all of which pip takes from its settings too
NOT_CARRIED = frozenset({"no-index", "trusted-host", "no-binary", "only-binary", "pre", "cert", "client-cert", "proxy"})
PYPROJECT = "pyproject.toml"


def settings_of_uv(tree: Tree, path: str, document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The file with uv's settings and these; the root's uv.toml, where there is one, stands for all of tool.uv.

    https://docs.astral.sh/uv/concepts/configuration-files/
    """
    if path == PYPROJECT and tree.has("uv.toml"):
        return "uv.toml", toml(tree, "uv.toml")
    return path, table(document, "tool", "uv")


def add_indexes(collector: Collector, document: dict[str, Any]) -> None:
    """Adds those of uv's and pip's settings, which count for lists in requirements files too."""
    indexes_of_uv(collector, *settings_of_uv(collector.tree, PYPROJECT, document))
    for key, value in settings_of_pip(collector.tree).items():
        where = place(collector.tree, PIP, [key, key.replace("-", "_")])
        for word in value.split() if key == "find-links" else ():
            find_links.add(collector, word, where, said=key)
        for url in value.split() if key in {"index-url", "extra-index-url"} else ():
            state(collector, PIP, {"url": url}, default=key == "index-url")
        if key in NOT_CARRIED and value.strip():
            collector.note(
                f"{where.place}: {key} is left out: state it as PIP_{key.replace('-', '_').upper()} in environment"
            )


def settings_of_pip(tree: Tree) -> dict[str, str]:
    """What pip.conf says to pip and to its install command, which has the last word."""
    settings = ini(tree, PIP)
    return {
        key.replace("_", "-"): value
        for section in ("global", "install")
        if settings.has_section(section)
        for key, value in settings[section].items()
    }


def indexes_of_uv(collector: Collector, path: str, settings: dict[str, Any]) -> None:
    """Adds the indexes of uv's settings, in their older form too."""
    for source in tables(settings.get("index")):
        # https://docs.astral.sh/uv/concepts/indexes/
        default, explicit = source.get("default") is True, source.get("explicit") is True
        if text(source.get("format")) == "flat":
            flat(collector, path, source, explicit=explicit)
        else:
            state(collector, path, source, default=default, explicit=explicit)
    for older in (settings, table(settings, "pip")):
        if url := text(older.get("index-url")):
            state(collector, path, {"url": url}, default=True)
        for url in texts(older.get("extra-index-url")):
            state(collector, path, {"url": url}, default=False)
        for url in texts(older.get("find-links")):
            flat(collector, path, {"url": url})


def flat(collector: Collector, path: str, source: dict[str, Any], *, explicit: bool = False) -> None:
    """Adds the directory or page with the files of several packages that a table of a file describes."""
    name, url = text(source.get("name")), text(source.get("url"))
    evidence = place(collector.tree, path, [url])
    find_links.add(collector, url, evidence, said="find-links", name=name, explicit=explicit)


def state(collector: Collector, path: str, source: dict[str, Any], *, default: bool, explicit: bool = False) -> None:
    """Adds the index that a table of a file describes."""
    name, url = text(source.get("name")), text(source.get("url"))
    if url or name.lower() != "pypi":
        evidence = place(collector.tree, path, [url] if url else [name])
        collector.indexes.state(name, url, evidence, default=default, explicit=explicit)
    else:  # Poetry's own word for PyPI has no URL
        collector.indexes.pypi = collector.indexes.pypi or not explicit
