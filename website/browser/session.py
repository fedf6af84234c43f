"""What the page asks of Python: text in, JSON out."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

from website.browser.questionnaire import Answered, answer
from website.browser.sizes import sizes
from website.browser.template import Bundle, Renderer

HOSTED = "gh:copier-slim/copier-slim"


class Session:
    """A page that is open: the template, and the files as the page has them."""

    def __init__(self, bundle: Bundle) -> None:
        self.renderer = Renderer(bundle)
        self.version = bundle.version
        self.shown: dict[str, tuple[int, bytes]] = {}

    def choose(self, request: str) -> str:
        """Answers the questions.

        The request has `given` answers by name, the `folder`'s name and, where it is not the hosted template at this
        version, the `source` that the answers file names. The result has the `questions` for the form, the `errors` of
        refused answers, `files` that changed by path (null: gone) and `sizes`.
        """
        wish = json.loads(request)
        done = self._answered(wish)
        files = self.renderer.files(done.answers)
        changed = {name: made[1].decode() for name, made in files.items() if self.shown.get(name) != made}
        gone = dict.fromkeys(self.shown.keys() - files.keys())
        self.shown = files
        return json.dumps({
            "questions": done.questions, "errors": done.errors, "files": changed | gone, "order": sorted(files),
            "sizes": sizes(self.renderer, done.answers), "version": self.version,
        })  # fmt: skip

    def archive(self, folder: str) -> bytes:
        """The files as a zip with this folder in it."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, (mode, content) in sorted(self.shown.items()):
                entry = zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
                entry.external_attr = (0o100000 | mode) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return made.getvalue()

    def _answered(self, wish: dict[str, Any]) -> Answered:
        source = wish.get("source") or {"_commit": f"v{self.version}", "_src_path": HOSTED}
        return answer(self.renderer, wish["given"], folder=wish["folder"], source=source)


def opened(path: str, cases: str) -> Session:
    """A session with the bundle in this file, which the site's own build wrote, after these cases' answers were chosen.

    `cases` is a JSON file with a list of answers by name. What they import and compile is there from then on.
    """
    session = Session(pickle.loads(Path(path).read_bytes()))  # noqa: S301
    for given in (*json.loads(Path(cases).read_text(encoding="utf-8")), {}):
        session.choose(json.dumps({"given": given, "folder": "my-service"}))
    session.shown = {}
    return session
