"""What the site has beside its pages: the configurator's files, llms.txt and the pages as plain text."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from website import bundle, schemas
from website.bundle import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NPM = ROOT / "build/npm/node_modules"
WHEELS = ROOT / "build/wheels"
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")

# What the page says where its code did not come
NOT_LOADED = (
    "document.getElementById('configurator').hidden = false; document.documentElement.dataset.configurator = 'failed';"
    "document.getElementById('state').textContent ="
    " 'The page did not load whole. Reload it, or use uvx copier copy gh:copier-slim/copier-slim'"
)


def write(folder: Path) -> None:
    """Writes the configurator's files beside its page, and what the page needs offline into its service worker."""
    bundle.write(folder, ROOT / "build/configurator", NPM / "pyodide", WHEELS)
    (folder / "pyodide").mkdir(exist_ok=True)
    for name in PYODIDE:
        shutil.copy(NPM / "pyodide" / name, folder / "pyodide" / name)
    for path in sorted((ROOT / "website/configurator").iterdir()):
        if path.suffix in {".js", ".css"}:
            shutil.copy(path, folder / path.name)
    page = folder / "index.html"
    # The stylesheet in the head and the code at the end, of this page alone
    html = page.read_text(encoding="utf-8")
    html = html.replace("</head>", '<link rel="stylesheet" href="page.css"></head>', 1)
    html = html.replace("</body>", f'<script type="module" src="page.js" onerror="{NOT_LOADED}"></script></body>', 1)
    page.write_text(html, encoding="utf-8")
    own = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    around = sorted(set(re.findall(r'(?:href|src)="(\.\./assets/[^"]+)"', html)))
    files = ["./", *(name for name in own if name not in {"index.html", "offline.js"}), *around]
    content = hashlib.sha256(html.encode())
    for name in own:
        content.update((folder / name).read_bytes())
    worker = folder / "offline.js"
    text = worker.read_text(encoding="utf-8").replace("@VERSION@", content.hexdigest()[:16])
    worker.write_text(text.replace("/*@FILES@*/ []", json.dumps(files, indent=2)), encoding="utf-8")


def plain_text(site: Path, sections: Mapping[str, Sequence[str]], config: Any) -> None:
    """Writes llms.txt (https://llmstxt.org), the pages as Markdown, and the reference as one text."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}.", ""]
    reference = []
    for title, pages in sections.items():
        lines += [f"## {title}", ""]
        for page in pages:
            source = ROOT / "docs" / page
            if not source.is_file():
                continue
            text = source.read_text(encoding="utf-8")
            place = site / page
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            heading = re.search(r"^# (.*)$", text, re.MULTILINE)
            lines.append(f"- [{heading[1] if heading else page}]({config.site_url}{page})")
            if title == "Reference":
                reference.append(text)
        lines.append("")
    lines += ["## Schemas", ""]
    lines += [f"- [{verb} --json]({config.site_url}schemas/{schemas.name(verb)})" for verb in schemas.written()]
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (site / "reference.txt").write_text("\n\n".join(reference), encoding="utf-8")
