"""Repositories that no loop can mend, and that would keep one busy: what is said of each."""

# ruff: noqa: E501 the lines of their files are long

from __future__ import annotations

from tests.engine.prove.repositories import FLASK, HELLO, SERVER, Case

BAD = {
    "too-much": Case({"main.py": 'kept = b"x" * (1 << 62)\n'}, says=("it ran out of memory",), code=1),
    "instructions": Case(
        {
            "main.py": "import ctypes\nimport mmap\nimport platform\n\n"
            'undefined = b"\\x0f\\x0b" if platform.machine() == "x86_64" else bytes(4)\n'
            "place = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\nplace.write(undefined)\n"
            "ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(place)))()\n"
        },
        says=("instructions that this CPU lacks",),
        code=1,
    ),
    "mute": Case(
        {
            "app.py": FLASK + "import time\n\n\n@app.before_request\ndef wait():\n    time.sleep(3600)\n" + HELLO,
            "requirements.txt": "flask\n",
        },
        says=("it listens, and gave no answer",),
        code=1,
    ),
    "fails-anew": Case(
        {
            "app.py": FLASK
            + "import os\nfrom pathlib import Path\n\nplace = Path(app.root_path)\n"
            + 'names = [f"kept{number}" for number in range(9)]\n'
            + 'free = next(name for name in names if not os.access(place / name, os.W_OK))\n(place / free / "x").mkdir(parents=True)\n'
            + HELLO,
            "requirements.txt": "flask\n",
        },
        says=("mended: writable_paths=kept0", "writable_paths=kept0 kept1 kept2 kept3 kept4", "not seen working:"),
        code=1,
    ),
    "flood": Case({"main.py": 'import os\n\nwhile True:\n    os.write(1, b"x" * 65536)\n'}, says=("ran for",)),
    "forks": Case(
        {"main.py": "import os\nimport time\n\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        time.sleep(1)\n"},
        says=("ran for",),
    ),
    "disk": Case(
        {"main.py": 'import time\n\nwith open("/tmp/full", "wb") as file:\n    while True:\n        file.write(b"x" * 1048576)\n'},
        says=("No space left on device",),
        code=1,
    ),
    "volume": Case(
        {
            "main.py": "from pathlib import Path\n\nplace = Path(__file__).parent / 'kept'\nplace.mkdir(exist_ok=True)\n"
            'with open(place / "full", "wb") as file:\n    file.seek(2 << 30)\n    while True:\n        file.write(b"x" * 1048576)\n'
        },
        says=("File too large", "it fills its disk"),
        code=1,
    ),
    "volume-of-files": Case(
        {
            "serve.py": SERVER
            + "from pathlib import Path\n\nplace = Path(__file__).parent / 'kept'\nplace.mkdir(exist_ok=True)\n"
            + 'for number in range(20_000):\n    (place / str(number)).write_bytes(b"x" * 1048576)\n'
            + 'http.server.HTTPServer(("", 7071), Hello).serve_forever()\n'
        },
        says=("it fills its disk", "GB in"),
        code=1,
    ),
    "volume-of-names": Case(
        {
            "serve.py": SERVER
            + "from pathlib import Path\n\nplace = Path(__file__).parent / 'kept'\nplace.mkdir(exist_ok=True)\n"
            + 'for number in range(10_000_000):\n    (place / f"{number}").touch()\n'
            + 'http.server.HTTPServer(("", 7071), Hello).serve_forever()\n'
        },
        says=("it fills its disk", "it wrote 0.0 GB in 2"),
        code=1,
    ),
    "volume-of-no-names": Case(
        {
            "serve.py": SERVER
            + "import tempfile\nfrom pathlib import Path\n\nplace = Path(__file__).parent / 'kept'\nplace.mkdir(exist_ok=True)\n"
            + "kept = [tempfile.TemporaryFile(dir=place) for _ in range(100)]\n"
            + 'for file in kept:\n    for _ in range(100):\n        file.write(b"x" * 1048576)\n'
            + 'http.server.HTTPServer(("", 7071), Hello).serve_forever()\n'
        },
        says=("it fills its disk", "GB in 0 files"),
        code=1,
    ),
    "memory": Case(
        {"main.py": 'kept = b"x" * (20 << 30)\n'},
        says=("want of memory",),
        code=1,
    ),
    "silent": Case(
        {
            "serve.py": SERVER
            + "import time\n\ntime.sleep(3600)\n"
            + 'http.server.HTTPServer(("", 7071), Hello).serve_forever()\n'
        },
        says=("nothing listened at its port within",),
        code=1,
    ),
    "another-each-time": Case(
        {
            "app.py": FLASK + 'import random\n\nopen(f"/data{random.randrange(10**9)}/x", "w")\n' + HELLO,
            "requirements.txt": "flask\n",
        },
        says=("not seen working",),
        code=1,
    ),
}  # fmt: skip
