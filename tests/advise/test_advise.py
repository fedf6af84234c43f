"""The advice as a whole, from an index of the tests' own: how packages get there, what images weigh, which base."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from copier_slim import catalog
from copier_slim.advise import advise, report
from copier_slim.advise import bases as base_images
from copier_slim.errors import ToolError

from .conftest import LINUX, MUSL, PURE, Index, Project

pytestmark = pytest.mark.usefixtures("no_engine")
ARCHITECTURES = ("amd64", "arm64")
MEGABYTE = 1_000_000
BINARY = "cp313-cp313-"


def native(*where: str) -> list[str]:
    """Tags of wheels for these platforms."""
    return [BINARY + platform for platform in where]


def found(root: Path, architectures: Sequence[Any] = ARCHITECTURES) -> dict[str, Any]:
    """The advice as `--json` has it."""
    loaded: dict[str, Any] = json.loads(report.as_json(advise(root, "3.13", architectures)))
    return loaded


def bill(advice: dict[str, Any], base: str, architecture: str = "amd64") -> dict[str, Any]:
    """The bill of a base."""
    return next(item for item in advice["bills"] if (item["base"], item["architecture"]) == (base, architecture))


def ways(advice: dict[str, Any], base: str, architecture: str = "amd64") -> dict[str, str]:
    """How each package is installed on a base."""
    return {package["name"]: package["how"] for package in bill(advice, base, architecture)["packages"]}


@pytest.fixture
def shop(index: Index, project: Project) -> Path:
    """A project with one package for each way of being installed."""
    index.add("pure", "1.0", PURE, members={"pure/__init__.py": MEGABYTE})
    index.add("everywhere", "1.0", *native(*LINUX.values(), *MUSL.values()), members={"everywhere/a.so": 2 * MEGABYTE})
    index.add("glibc", "1.0", *native(*LINUX.values()), members={"glibc/a.so": 3 * MEGABYTE}, sdist=9)
    index.add("intel", "1.0", *native(LINUX["amd64"], MUSL["amd64"]), sdist=9)
    index.add("psycopg2", "2.9", f"{BINARY}win_amd64", sdist=400_000)
    index.add("sourced", "1.0", sdist=1000)
    index.add("closed", "1.0", *native(*LINUX.values()))
    names = ["pure", "everywhere", "glibc", "intel", "sourced", "closed"]
    return project("".join(f"{name}==1.0\n" for name in names) + "psycopg2==2.9\nours==1.0\n")


def test_how_packages_are_installed(shop: Path) -> None:
    advice = found(shop)
    on_debian = {
        "pure": "wheel",
        "everywhere": "wheel",
        "glibc": "wheel",
        "intel": "wheel",
        "psycopg2": "compiled",
        "sourced": "built",
        "closed": "wheel",
        "ours": "unknown",
    }
    for base in ("slim", "distroless", "full"):
        assert ways(advice, base) == on_debian
        assert ways(advice, base, "arm64") == on_debian | {"intel": "compiled"}
    assert ways(advice, "alpine") == on_debian | {"glibc": "compiled", "closed": "absent"}
    assert advice["unknown"] == {"ours": "the package index has no ours 1.0"}


def test_what_is_compiled_and_what_libraries_are_needed(shop: Path) -> None:
    advice = found(shop)
    slim, alpine = bill(advice, "slim"), bill(advice, "alpine")
    assert slim["build_packages"] == ["build-essential", "libpq-dev"]
    assert slim["system_packages"] == ["libpq5"]
    assert alpine["build_packages"][0] == "build-base"
    assert slim["parts"]["system packages"]["disk"] == catalog.packages()["psycopg2"].mb


def test_an_image_weighs_its_parts(shop: Path) -> None:
    slim = bill(found(shop), "slim")
    sizes = catalog.sizes()
    assert slim["parts"]["base"] == {"disk": 118.1, "pull": 43.0}
    assert slim["parts"]["standard library"]["disk"] == sizes.standard_library["3.13"].disk
    by_name = {package["name"]: package for package in slim["packages"]}
    assert by_name["pure"]["size"]["disk"] == pytest.approx(1 + sizes.bytecode["3.13"])
    assert by_name["everywhere"]["size"]["disk"] == 2
    # Nothing of these bytes can be compressed
    assert by_name["everywhere"]["size"]["pull"] == pytest.approx(2, rel=0.01)
    assert "size" not in by_name["ours"] or by_name["ours"]["size"] is None
    assert slim["parts"]["packages"]["disk"] == pytest.approx(
        sum(package["size"]["disk"] for package in slim["packages"] if package["size"])
    )
    assert slim["size"]["disk"] == pytest.approx(sum(part["disk"] for part in slim["parts"].values()))
    assert slim["size"]["pull"] == pytest.approx(sum(part["pull"] for part in slim["parts"].values()))


def test_estimates_are_told(shop: Path) -> None:
    advice = found(shop)
    estimated = {package["name"]: package["estimated"] for package in bill(advice, "alpine")["packages"]}
    assert estimated["glibc"] == "taken from glibc-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
    assert estimated["psycopg2"] == "taken from psycopg2-2.9.tar.gz"
    assert not estimated["pure"]


def test_an_index_without_ranges_gives_estimates_that_are_told(index: Index, project: Project) -> None:
    index.ranges = False
    index.add("pure", "1.0", PURE)
    package = bill(found(project("pure==1.0\n")), "slim")["packages"][0]
    assert package["estimated"] == "from the size of the wheel: the index does not say what is in it"
    assert package["size"]["disk"] > 0


def test_distroless_is_what_the_template_makes_of_slim(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    root = project("pure==1.0\n")
    distroless = bill(found(root), "distroless")
    assert distroless["parts"]["standard library"] == {"disk": 0, "pull": 0}
    assert distroless["size"]["disk"] < bill(found(root), "slim")["size"]["disk"] - 50


def test_no_size_is_better_than_one_that_was_never_measured(
    index: Index, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("pure", "1.0", PURE)
    weight = base_images.weight
    monkeypatch.setattr(base_images, "weight", lambda base, *of: weight(base, *of) if base != "distroless" else None)
    advice = found(project("pure==1.0\n"))
    assert bill(advice, "distroless")["size"] is None
    assert bill(advice, "distroless")["parts"] == {}
    assert "saves" not in advice["recommended"]["remarks"]["distroless"]


def test_the_engine_s_own_base_image_is_taken(index: Index, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add("pure", "1.0", PURE)
    monkeypatch.setattr(base_images, "on_engine", lambda _: {("python:3.13-slim-trixie", "amd64"): 90.0})
    advice = found(project("pure==1.0\n"))
    assert bill(advice, "slim")["parts"]["base"] == {"disk": 90.0, "pull": 43.0}
    assert bill(advice, "slim")["measured"] == "engine"
    assert bill(advice, "slim", "arm64")["measured"] == "catalog"
    # It is made from that image, and is not that image
    assert bill(advice, "distroless")["parts"]["base"]["disk"] < 90


def test_markers_choose_by_architecture(index: Index, project: Project) -> None:
    index.add("greenlet", "1.0", PURE)
    index.add("colorama", "1.0", PURE)
    root = project('greenlet==1.0 ; platform_machine == "aarch64"\ncolorama==1.0 ; sys_platform == "win32"\n')
    advice = found(root)
    assert ways(advice, "slim") == {}
    assert ways(advice, "slim", "arm64") == {"greenlet": "wheel"}


def test_one_architecture(shop: Path) -> None:
    advice = found(shop, ["arm64"])
    assert {item["architecture"] for item in advice["bills"]} == {"arm64"}


def test_a_python_that_the_release_does_not_allow(index: Index, project: Project) -> None:
    index.add("old", "1.0", PURE)
    index.requires_python["old-1.0-py3-none-any.whl"] = "<3.9"
    advice = found(project("old==1.0\n"))
    package = bill(advice, "slim")["packages"][0]
    assert (package["how"], package["why"]) == ("absent", "it is for Python <3.9")
    assert "old cannot be had" in advice["recommended"]["why"]


def test_the_heaviest_and_what_is_lighter(index: Index, project: Project) -> None:
    for number in range(12):
        index.add(f"p{number}", "1.0", PURE, members={"a.so": (number + 1) * 1000})
    index.add("torch", "2.0", *native(*LINUX.values()), members={"a.so": 50_000})
    index.add("nvidia-cublas", "1.0", *native(LINUX["amd64"]), members={"a.so": 70_000})
    index.add("pytest", "9.0", PURE, members={"a.txt": 300})
    lock = "".join(f"p{number}==1.0\n" for number in range(12)) + "torch==2.0\nnvidia-cublas==1.0\npytest==9.0\n"
    advice = found(project(lock))
    names = [heavy["name"] for heavy in advice["heaviest"]]
    assert names == ["nvidia-cublas", "torch", *(f"p{number}" for number in range(11, 3, -1))]
    torch = next(heavy for heavy in advice["heaviest"] if heavy["name"] == "torch")
    assert "download.pytorch.org/whl/cpu" in torch["instead"]
    assert torch["saves"] == pytest.approx(0.07)
    assert [heavy["name"] for heavy in advice["lighter"]] == ["torch", "pytest"]


def test_torch_without_nvidia_s_libraries_is_light_already(index: Index, project: Project) -> None:
    index.add("torch", "2.0", *native(*LINUX.values()))
    assert found(project("torch==2.0\n"))["lighter"] == []


def test_what_nothing_makes_work_on_alpine_speaks_against_it(index: Index, project: Project) -> None:
    index.add("fdb", "2.0", PURE)
    advice = found(project("fdb==2.0\n", base="alpine"))
    assert bill(advice, "alpine")["unfit"] == {"fdb": catalog.packages()["fdb"].alpine.unfit}
    assert bill(advice, "slim")["unfit"] == {}
    assert advice["recommended"]["base"] == "slim"


def test_what_is_not_installed_by_itself_is_told(index: Index, project: Project) -> None:
    index.add("playwright", "1.0", PURE)
    slim = bill(found(project("playwright==1.0\n")), "slim")
    assert slim["notes"][0].startswith("playwright may need chromium")
    assert slim["system_packages"] == []


def test_system_packages_count_once(index: Index, project: Project) -> None:
    for name in ("psycopg2", "psycopg2cffi"):
        index.add(name, "1.0", f"{BINARY}win_amd64", sdist=10)
    advice = found(project("psycopg2==1.0\npsycopg2cffi==1.0\n"))
    assert bill(advice, "slim")["parts"]["system packages"]["disk"] == catalog.packages()["psycopg2"].mb


def test_system_packages_of_the_answers_count_or_are_told(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    root = project("pure==1.0\n", system_packages="libpq5 libours9 libmagic1", debian_suite="trixie")
    slim = bill(found(root), "slim")
    assert slim["system_packages"] == ["libmagic1t64", "libours9", "libpq5"]
    assert slim["unmeasured"] == ["libours9"]
    known = catalog.packages()["psycopg2"].mb + catalog.packages()["python-magic"].mb
    assert slim["parts"]["system packages"]["disk"] == pytest.approx(known)


@pytest.mark.parametrize(("asked", "libraries"), [("discord.py\n", []), ("discord.py[voice]\n", ["libopus0"])])
def test_extras_of_requirements_in_count(asked: str, libraries: list[str], index: Index, project: Project) -> None:
    index.add("discord-py", "2.0", PURE)
    assert bill(found(project("discord-py==2.0\n", asked)), "slim")["system_packages"] == libraries


def test_an_index_that_does_not_answer_is_one_line(
    index: Index, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index.url
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:geheim@127.0.0.1:9/simple")
    with pytest.raises(ToolError) as error:
        advise(project("flask==3.1.0\n"))
    assert "127.0.0.1:9/simple does not answer" in str(error.value)
    assert "geheim" not in str(error.value)


def test_files_that_do_not_answer_are_one_line(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    index.files["pure"]["pure-1.0-py3-none-any.whl"] = b"no zip"
    with pytest.raises(ToolError, match="does not answer"):
        advise(project("pure==1.0\n"))


def test_a_file_that_does_not_answer_is_left_out_and_told(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    index.add("broken", "1.0", PURE)
    index.files["broken"]["broken-1.0-py3-none-any.whl"] = b"no zip"
    advice = found(project("pure==1.0\nbroken==1.0\n"))
    assert list(advice["unknown"]) == ["broken"]


def test_a_second_run_asks_nothing(shop: Path, index: Index) -> None:
    first = found(shop)
    asked = [request for request in index.asked if "/ours/" not in request]
    assert found(shop) == first
    assert [request for request in index.asked if "/ours/" not in request] == asked


def test_an_empty_lock(index: Index, project: Project) -> None:
    assert index.url
    advice = found(project("# nothing\n"))
    assert bill(advice, "slim")["size"]["disk"] == pytest.approx(118.1 + 8.2)


def test_it_is_read_in_a_hundred_columns(shop: Path) -> None:
    out = Console(file=StringIO(), width=100, highlight=False)
    report.show(advise(shop, "3.13"), out)
    assert isinstance(out.file, StringIO)
    shown = out.file.getvalue()
    assert max(map(len, shown.splitlines())) <= 100
    assert "note: ours is not in the sizes: the package index has no ours 1.0" in shown
    assert "note: closed 1.0 cannot be had on alpine, amd64" in shown
    assert shown.rstrip().rpartition("\n\n")[2].startswith("Recommended: slim (")


def test_progress_tells_of_the_index_and_of_files(shop: Path) -> None:
    steps: list[str] = []
    advise(shop, "3.13", progress=steps.append)
    assert "8 of 8 projects" in steps
    assert any(step.endswith(" files") for step in steps)


def test_the_json_is_that_of_the_model(shop: Path) -> None:
    advice = advise(shop, "3.13")
    assert json.loads(report.as_json(advice)) == msgspec.to_builtins(advice)


def test_data_has_a_line_of_its_own(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    root = project("pure==1.0\n", data="whisper small\nnltk stopwords punkt")
    parts = bill(found(root), "slim")["parts"]
    mb = catalog.data()["whisper"].mb["small"] + sum(catalog.data()["nltk"].mb[name] for name in ("stopwords", "punkt"))
    assert parts["data"]["disk"] == mb
    answers = root / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("}", ', "data_place": "volume"}'))
    assert "data" not in bill(found(root), "slim")["parts"]


def test_the_front_end_has_a_line_of_its_own_where_it_is_made(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    root = project("pure==1.0\n", assets="npm", assets_path="ui", assets_output="ui/dist static/ui")
    advice = found(root)
    assert "front end" not in bill(advice, "slim")["parts"]
    assert "the front end is not in the sizes, as nothing is in ui/dist" in str(advice["notes"])
    (root / "ui/dist").mkdir(parents=True)
    (root / "ui/dist/a.js").write_bytes(b"x" * 2_000_000)
    advice = found(root)
    size = bill(advice, "slim")["parts"]["front end"]
    assert size["disk"] == 2
    assert size["pull"] < 0.1
    assert "front end" not in str(advice["notes"])


def test_a_program_that_the_code_starts_is_counted(index: Index, project: Project) -> None:
    index.add("pure", "1.0", PURE)
    slim = bill(found(project("pure==1.0\n", system_packages="ffmpeg")), "slim")
    assert slim["parts"]["system packages"]["disk"] == catalog.sizes().programs["ffmpeg"] > 100
    assert slim["unmeasured"] == []
