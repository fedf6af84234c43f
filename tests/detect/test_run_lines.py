"""What the RUN lines of an existing Dockerfile set up: carried over with every word, or named."""

from __future__ import annotations

import pytest

from .conftest import FLASK, Detect, notes

Files = dict[str, str | bytes]


def app(body: str, **files: str) -> Files:
    """A Flask app whose Dockerfile has these instructions."""
    dockerfile = f"FROM python:3.13-slim\nWORKDIR /code\nCOPY . .\n{body}\nCMD gunicorn app:app\n"
    return {"app.py": FLASK, "requirements.txt": "flask\n", "Dockerfile": dockerfile, **files}


GEN = {"gen.py": "print(1)\n"}
CARRIED: dict[str, tuple[str, dict[str, str], str, str]] = {
    "a locale that locale-gen makes": (
        "RUN apt-get install -y locales && locale-gen de_DE.UTF-8 && update-locale LANG=de_DE.UTF-8", {}, "locales",
        "de_DE.UTF-8",
    ),
    "a locale that sed enables": (
        "RUN sed -i '/fr_FR.UTF-8/s/^# //g' /etc/locale.gen && locale-gen", {}, "locales", "fr_FR.UTF-8",
    ),
    "a locale by localedef": ("RUN localedef -i nl_NL -c -f UTF-8 nl_NL.UTF-8", {}, "locales", "nl_NL.UTF-8"),
    "a locale by its line": ("RUN echo 'es_ES.utf8 UTF-8' >> /etc/locale.gen", {}, "locales", "es_ES.UTF-8"),
    "the variable that chooses it": (
        "RUN locale-gen de_DE.UTF-8\nENV LANG=de_DE.UTF-8", {}, "environment", "LANG=de_DE.UTF-8",
    ),
    "a variable for a locale that nothing makes": ("ENV LANG=de_DE.UTF-8", {}, "environment", ""),
    "a time zone of before, by its variable": ("ENV TZ=US/Eastern", {}, "system_packages", "tzdata-legacy"),
    "a time zone by a link": (
        "RUN ln -snf /usr/share/zoneinfo/Europe/Berlin /etc/localtime", {}, "environment", "TZ=Europe/Berlin",
    ),
    "packages by a variable": (
        "ENV TOOLS='ffmpeg pandoc'\nRUN apt-get install -y $TOOLS", {}, "system_packages", "ffmpeg\npandoc",
    ),
    "packages by a file": (
        "RUN xargs -a apt.txt apt-get install -y", {"apt.txt": "ffmpeg # video\npandoc\n"}, "system_packages",
        "ffmpeg\npandoc",
    ),
    "packages by a file that is piped": (
        "RUN apt-get update && cat Aptfile | xargs apt-get install -y", {"Aptfile": "ffmpeg\n"}, "system_packages",
        "ffmpeg",
    ),
    "packages in the form of a list": (
        'RUN ["/bin/bash", "-c", "apt-get install -y ffmpeg"]', {}, "system_packages", "ffmpeg",
    ),
    "a step in the form of a list": ('RUN ["python", "gen.py"]', GEN, "build_commands", "python gen.py"),
    "a step with options": (
        "RUN python gen.py build --out data.json -v", GEN, "build_commands", "python gen.py build --out data.json -v",
    ),
    "a step under options of RUN": (
        "RUN --mount=type=cache,target=/x --network=none python gen.py", GEN, "build_commands", "python gen.py",
    ),
    "the lines of a here-document": (
        "RUN <<EOF\napt-get update\npython gen.py\nEOF", GEN, "build_commands", "python gen.py",
    ),
    "the lines of a here-document that a shell reads": (
        "RUN bash -e <<'EOF'\npython gen.py\nEOF", GEN, "build_commands", "python gen.py",
    ),
    "certificate authorities": (
        "COPY ca.crt /usr/local/share/ca-certificates/ca.crt\nRUN update-ca-certificates", {"ca.crt": "x"},
        "certificates", "ca.crt",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried_over(name: str, detecting: Detect) -> None:
    body, files, answer, expected = CARRIED[name]
    found = detecting(app(body, **files)).findings
    assert str(found.value(answer, "")) == expected
    said = notes(found)
    assert "not carried over" not in said
    assert "locales" not in said


NAMED = {
    "an address of pip's": (
        "RUN pip install git+https://github.com/a/b@v1",
        "pip install git+https://github.com/a/b@v1",
    ),
    "another file of requirements": ("RUN pip install -r more.txt", "pip install -r more.txt: what the app needs"),
    "a wheel": ("RUN pip install ./vendor/a.whl", "pip install ./vendor/a.whl"),
    "a package of another source": ("RUN apt-get install -y msodbcsql18", "msodbcsql18 (Dockerfile:4) is left out"),
    "a package that is gone": ("RUN apt-get install -y python3-distutils", "trixie has it no more; setuptools"),
    "an archive that ADD unpacks": (
        "ADD site.tar.gz /srv/data/",
        "not carried over from Dockerfile:4: ADD site.tar.gz",
    ),
    "a second port": ("EXPOSE 8000 9000/udp", "EXPOSE 9000/udp (the image has one port)"),
    "data of a here-document": ("RUN cat <<EOF > /etc/a\nb=1\nEOF", "RUN cat <<EOF > /etc/a (it needs a shell)"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named(name: str, detecting: Detect) -> None:
    body, said = NAMED[name]
    found = notes(detecting(app(body, **{"more.txt": "redis\n", "site.tar.gz": "x"})).findings)
    assert said in found
    assert "b=1" not in found


def test_what_takes_the_files_of_a_step_that_is_left_out_is_left_out(detecting: Detect) -> None:
    line = "RUN unzip lib-1.zip && cp lib-1/one.h ./one.h && cp more.txt less.txt && python gen.py --all"
    found = detecting(app(line, **GEN, **{"more.txt": "x"})).findings
    assert found.value("build_commands") == "cp more.txt less.txt\npython gen.py --all"
    assert "RUN cp lib-1/one.h ./one.h (lib-1/one.h is not in the repository)" in notes(found)


def test_a_file_of_requirements_that_is_read_is_not_named(detecting: Detect) -> None:
    assert "pip install -r" not in notes(detecting(app("RUN pip install -r requirements.txt")).findings)


def test_a_package_that_another_brings_is_not_said_to_be_left_out(detecting: Detect) -> None:
    files = app("RUN apt-get install -y git curl") | {"requirements.txt": "flask\nGitPython\n"}
    assert "curl (Dockerfile:4) left out" in notes(detecting(files).findings)


@pytest.mark.parametrize("line", ['RUN python gen.py <<< "x"', "RUN echo $((1<<N)) && echo x"])
def test_what_only_looks_like_a_here_document_ends_nothing(line: str, detecting: Detect) -> None:
    found = detecting(app(f"{line}\nRUN python gen.py --all", **GEN)).findings
    assert found.value("build_commands") == "python gen.py --all"


def test_packages_by_a_script_are_taken_and_the_rest_of_it_is_named(detecting: Detect) -> None:
    script = "apt-get install -y \\\n  ffmpeg\ncurl -L https://example.org | tar x\n"
    found = detecting(app("RUN ./setup.sh", **{"setup.sh": script})).findings
    assert found.value("system_packages") == "ffmpeg"
    assert "RUN ./setup.sh (setup.sh installs something)" in notes(found)
