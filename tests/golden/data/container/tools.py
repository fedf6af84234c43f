"""Copies distributions, and all that they require, from the environment of the Python that runs it: TARGET NAME …

Of NAME:PATTERN only the files that match, and nothing that it requires. Only what they have in it decides the result, whatever else is installed.
"""

import importlib.metadata
import re
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

target = Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
waiting, seen = sys.argv[2:], set()
while waiting:
    wanted = waiting.pop()
    name, _, pattern = wanted.partition(":")
    name = re.sub(r"[-_.]+", "-", name).lower()
    if (name, pattern) in seen:
        continue
    seen.add((name, pattern))
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        if wanted in sys.argv[2:]:
            sys.exit(f"the answer data needs {name}, which is not among the dependencies")
        continue  # for another system, or an extra
    if not pattern:
        waiting += [match[0] for line in found.requires or () if (match := re.match(r"[\w.-]+", line)) and "extra ==" not in line]
    for file in found.files or ():
        source = Path(str(file.locate()))
        if fnmatch(str(file), pattern or "*") and ".." not in file.parts and source.suffix != ".pyc" and source.is_file():
            copy = target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
            copy.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
