"""Prints what pyproject.toml asks for, one requirement to a line, without those that no index has.

Usage: asked_for.py PYPROJECT [GROUP ...] [[EXTRA] ...]
"""

import re
import sys
import tomllib
from pathlib import Path

document = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
project, groups = document.get("project", {}), document.get("dependency-groups", {})
extras = project.get("optional-dependencies", {})


def name(text):
    return re.sub(r"[-_.]+", "-", text).lower()


def stated(tables, wanted):
    return next((lines for key, lines in tables.items() if name(key) == name(wanted)), [])


left = [*project.get("dependencies", []), *({"include-group": word} for word in sys.argv[2:] if word[0] != "[")]
for word in sys.argv[2:]:
    left += stated(extras, word[1:-1]) if word[0] == "[" else []
done = []
while left:
    line = left.pop(0)
    if line in done:
        continue
    done.append(line)
    if isinstance(line, dict):  # a group within a group
        left += stated(groups, line.get("include-group", ""))
        continue
    own = re.match(r"([\w.-]+)\s*\[([^]]*)\]", line)
    if own and name(own[1]) == name(project.get("name", "")):  # the project's own extras
        left += [more for extra in own[2].split(",") for more in stated(extras, extra.strip())]
    elif "@" not in line.split(";")[0]:
        print(line)
