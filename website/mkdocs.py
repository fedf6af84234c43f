"""What MkDocs is told beside mkdocs.yml: the pages' order, those from outside docs/, links, and the configurator."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from website import assets
from website.bundle import ROOT

BLOB = "https://github.com/copier-slim/copier-slim/blob/main/"
# The pages, by section. A page that is in none is put at the end of "How to"
SECTIONS = {
    "Start": ["index.md", "new.md", "existing.md", "configurator.md"],
    "How to": [
        "base-images.md", "dependencies.md", "processes.md", "front-end.md", "data.md", "networks.md", "engines.md",
        "observability.md", "shipping.md", "prove.md", "verify.md", "tune.md", "update.md", "moved-on.md", "debug.md",
        "move.md",
    ],
    "Reference": [
        "reference/answers.md", "reference/commands.md", "reference/checks.md", "reference/packages.md",
        "statements.md", "update-pairs.md", "json.md",
    ],
    "Explanations": ["why.md", "decisions/README.md", "questions.md"],
    "Benchmarks": ["benchmarks/results.md", "benchmarks/agents.md"],
    "Project": ["changelog.md", "security.md", "contributing.md"],
}  # fmt: skip
# Pages that are elsewhere in the repository, by their place on the site
ELSEWHERE = {
    "benchmarks/results.md": "bench/results.md", "benchmarks/agents.md": "bench/agents.md",
    "benchmarks/detection.md": "bench/detection.md", "benchmarks/updating.md": "bench/updating.md",
    "benchmarks/advising.md": "bench/advising.md", "benchmarks/front-end.md": "bench/front_end.md",
    "benchmarks/trimming.md": "bench/trimming.md", "benchmarks/locking.md": "bench/locking.md",
    "benchmarks/lazy-imports.md": "bench/lazy_imports.md",
    "benchmarks/copying.md": "bench/copying.md", "benchmarks/pulling.md": "bench/pulling.md",
    "changelog.md": "CHANGELOG.md", "security.md": "SECURITY.md", "contributing.md": "CONTRIBUTING.md",
}  # fmt: skip
PLOTS = {
    "benchmarks/results.md": ["images", "compressed", "cold", "code", "dependency", "start", "generation"],
    "benchmarks/agents.md": ["agents-size", "agents-start", "agents-p50", "agents-p99"],
    "benchmarks/detection.md": ["detection"], "benchmarks/updating.md": ["updating"],
    "benchmarks/advising.md": ["advising"], "benchmarks/pulling.md": ["pulled"],
}  # fmt: skip
PAGES = {source: place for place, source in ELSEWHERE.items()}
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from outside docs/, and what the site has beside its pages."""
    for place, source in ELSEWHERE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text + _plots(place)))
    for name in ("site.css", "site.js"):
        files.append(File.generated(config, f"assets/{name}", abs_src_path=str(ROOT / "website/theme" / name)))
    config.nav = _nav({file.src_uri for file in files.documentation_pages()})
    return files


def _plots(place: str) -> str:
    names = PLOTS.get(place, [])
    images = [f"![{name.replace('-', ' ')}, as bars](../docs/plots/{name}.svg)\n\n" for name in names]
    return f"\n\n## Plots\n\n{''.join(images)}" if images else ""


def _nav(pages: set[str]) -> list[dict[str, list[str]]]:
    listed = {page for section in SECTIONS.values() for page in section}
    rest = sorted(pages - listed)
    more = {"How to": [page for page in rest if not page.startswith(("decisions/", "benchmarks/"))]}
    more["Explanations"] = [page for page in rest if page.startswith("decisions/")]
    more["Benchmarks"] = [page for page in rest if page.startswith("benchmarks/")]
    return [
        {title: [page for page in section if page in pages] + more.get(title, [])}
        for title, section in SECTIONS.items()
    ]


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lets links that GitHub follows in the repository lead to the site's page, or to GitHub."""
    place = page.file.src_uri
    source = ELSEWHERE.get(place, f"docs/{place}")

    def moved(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if ":" in target:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        there = PAGES.get(path, path.removeprefix("docs/") if path.startswith("docs/") else "")
        if path == "README.md":
            there = "index.md"
            anchor = ""
        if not there:
            return f"]({BLOB}{path}{anchor})"
        return f"]({posixpath.relpath(there, posixpath.dirname(place) or '.')}{anchor})"

    return LINK.sub(moved, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Takes empty headings of tables away, which a screen reader would read."""
    html = re.sub(r"<thead>\s*<tr>(?:\s*<th[^>]*></th>)+\s*</tr>\s*</thead>", "", html)
    return re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html)


def on_post_page(output: str, **_: Any) -> str:
    """Names the search for screen readers, which the theme does not."""
    return output.replace(
        'data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'
    )


def on_post_build(config: Any) -> None:
    """Puts the configurator, llms.txt and the plain text beside the pages."""
    site = Path(config.site_dir)
    assets.write(site / "configurator")
    assets.plain_text(site, SECTIONS, config)
    shutil.copytree(ROOT / "docs/schemas", site / "schemas", dirs_exist_ok=True)
