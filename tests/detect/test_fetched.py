"""What libraries fetch at their first use, and what of the operating system code names: found, or named."""

from __future__ import annotations

import pytest

from .conftest import FLASK, Answers, Detect, lines, notes

REQUIRED = "flask\nnltk\nspacy\ntiktoken\ntransformers\nsentence-transformers\nopenai-whisper\nplaywright\n"


def app(code: str, dockerfile: str = "", **files: str) -> dict[str, str | bytes]:
    """A Flask app with this code, and instructions of a Dockerfile."""
    found: dict[str, str | bytes] = {"app.py": f"{code}\n{FLASK}", "requirements.txt": REQUIRED, **files}
    if dockerfile:
        found["Dockerfile"] = f"FROM python:3.13\nWORKDIR /srv\n{dockerfile}\nCOPY . .\nCMD gunicorn app:app\n"
    return found


CODE: dict[str, tuple[str, list[str]]] = {
    "NLTK": ("import nltk\nnltk.download('stopwords')", ["nltk stopwords"]),
    "what a newer NLTK reads beside": ("import nltk\nnltk.download('punkt')", ["nltk punkt punkt_tab"]),
    "a loop": ("import nltk\nfor name in ['omw', 'brown']:\n    nltk.download(name)", ["nltk omw brown"]),
    "used without a download": ("from nltk.corpus import stopwords", ["nltk stopwords"]),
    "spaCy": ("import spacy\nnlp = spacy.load('en_core_web_sm')", ["spacy en_core_web_sm"]),
    "spaCy's short name": ("import spacy\nnlp = spacy.load('en')", ["spacy en_core_web_sm"]),
    "a model in the repository": ("import spacy\nnlp = spacy.load('models/own')", []),
    "transformers": (
        "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', revision='v1')",
        ["huggingface a/b@v1"],
    ),
    "a constant": (
        "from transformers import AutoModel\nNAME = 'a/b'\nAutoModel.from_pretrained(NAME)",
        ["huggingface a/b"],
    ),
    "a variable's default": (
        "import os\nfrom transformers import AutoModel\nAutoModel.from_pretrained(os.getenv('M', 'a/b'))",
        ["huggingface a/b"],
    ),
    "a parameter's default": (
        "from transformers import AutoModel\ndef load(name='a/b'):\n    return AutoModel.from_pretrained(name)",
        ["huggingface a/b"],
    ),
    "a pipeline": (
        "from transformers import pipeline\np = pipeline('summarization', model='a/b')",
        ["huggingface a/b"],
    ),
    "sentence-transformers' short name": (
        "from sentence_transformers import SentenceTransformer\nm = SentenceTransformer('all-MiniLM-L6-v2')",
        ["huggingface sentence-transformers/all-MiniLM-L6-v2"],
    ),
    "a folder": (
        "from transformers import AutoModel\nAutoModel.from_pretrained('./model')\nAutoModel.from_pretrained('own/m')",
        [],
    ),
    "tiktoken": ("import tiktoken\nt = tiktoken.encoding_for_model('gpt-4o')", ["tiktoken gpt-4o"]),
    "Whisper": ("import whisper\nm = whisper.load_model('base')", ["whisper base"]),
    "Playwright": ("from playwright.sync_api import sync_playwright", ["playwright chromium"]),
    "another library of that name": ("import other as nltk\nnltk.download('punkt')", []),
}


@pytest.mark.parametrize("name", CODE)
def test_what_code_names(name: str, answers: Answers) -> None:
    code, expected = CODE[name]
    assert lines(answers(app(code, **{"own/m/config.json": "{}"})), "data") == expected


COMMANDS: dict[str, tuple[str, list[str]]] = {
    "NLTK": ("RUN python -m nltk.downloader -d /usr/share/nltk_data brown stopwords", ["nltk brown stopwords"]),
    "NLTK in a line of code": ("RUN python -c \"import nltk; nltk.download('brown')\"", ["nltk brown"]),
    "spaCy": ("RUN pip install x && python -m spacy download de_core_news_sm", ["spacy de_core_news_sm"]),
    "Hugging Face": ("RUN huggingface-cli download a/b", ["huggingface a/b"]),
    "Playwright": ("RUN playwright install --with-deps chromium", ["playwright chromium"]),
    "Playwright's all": ("RUN python -m playwright install", ["playwright chromium"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_dockerfile_fetches(name: str, detecting: Detect) -> None:
    command, expected = COMMANDS[name]
    found = detecting(app("", command)).findings
    assert str(found.value("data", "")).split("\n") == expected
    assert "build_commands" not in found.found
    assert "not carried over" not in notes(found)


def test_a_list_of_herokus(answers: Answers) -> None:
    assert lines(answers(app("", **{"nltk.txt": "brown\n# a comment\nstopwords\n"})), "data") == [
        "nltk brown stopwords"
    ]


def test_without_the_library_nothing_is_fetched(answers: Answers) -> None:
    files = app("from transformers import AutoModel\nAutoModel.from_pretrained('a/b')")
    assert "data" not in answers({**files, "requirements.txt": "flask\n"})


def test_what_cannot_be_told_is_named_and_stays_possible(detecting: Detect) -> None:
    code = "from transformers import AutoModel\nAutoModel.from_pretrained('a/b')\nimport sys\n"
    code += "AutoModel.from_pretrained(sys.argv[1])"
    found = detecting(app(code)).findings
    assert found.value("data") == "huggingface a/b"
    assert found.value("environment") == "HF_HUB_OFFLINE=0"
    assert "app.py:4: AutoModel.from_pretrained(sys.argv[1]): what Hugging Face's models" in notes(found)


SYSTEM: dict[str, tuple[str, str, str]] = {
    "a time zone of before": (
        "from zoneinfo import ZoneInfo\nz = ZoneInfo('US/Central')",
        "system_packages",
        "tzdata-legacy",
    ),
    "Django's": ("TIME_ZONE = 'US/Pacific'", "system_packages", "tzdata-legacy"),
    "a time zone of today": ("from zoneinfo import ZoneInfo\nz = ZoneInfo('Europe/Berlin')", "system_packages", ""),
    "a text like one": ("print('US/Central')", "system_packages", ""),
    "a font": (
        "from PIL import ImageFont\nf = ImageFont.truetype('DejaVuSans.ttf')",
        "system_packages",
        "fonts-dejavu-core",
    ),
    "a font by its path": (
        "F = '/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf'",
        "system_packages",
        "fonts-liberation",
    ),
    "MIME types": ("import mimetypes\nmimetypes.init(['/etc/mime.types'])", "system_packages", "media-types"),
    "a locale": ("import locale\nlocale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')", "locales", "de_DE.UTF-8"),
    "a locale in short": ("import locale\nlocale.setlocale(locale.LC_ALL, ('de_DE.utf8'))", "locales", "de_DE.UTF-8"),
    "the user's locale": ("import locale\nlocale.setlocale(locale.LC_ALL, '')", "locales", ""),
    "a program": ("import subprocess\nsubprocess.run(['ffmpeg', '-i', 'a'])", "system_packages", "ffmpeg"),
    "a program that is looked for": ("import shutil\nshutil.which('dot')", "system_packages", "graphviz"),
    "LibreOffice": ("import os\nos.system('soffice --headless a.docx')", "system_packages", "libreoffice-nogui"),
    "tesseract's languages": (
        "import pytesseract\npytesseract.image_to_string('a', lang='deu+chi_sim')",
        "system_packages",
        "tesseract-ocr-chi-sim\ntesseract-ocr-deu",
    ),
}


@pytest.mark.parametrize("name", SYSTEM)
def test_what_of_the_system_code_names(name: str, answers: Answers) -> None:
    code, answer, expected = SYSTEM[name]
    assert answers({"app.py": f"{code}\n{FLASK}", "requirements.txt": "flask\n"}).get(answer, "") == expected


def test_programs_are_offered_with_their_size_and_those_that_debian_has_not_are_named(detecting: Detect) -> None:
    code = "import subprocess\nsubprocess.run(['pandoc', 'a'])\nsubprocess.run(['wkhtmltopdf', 'a'])\n"
    code += "C = '/etc/pki/tls/cert.pem'"
    found = detecting({"app.py": f"{code}\n{FLASK}", "requirements.txt": "flask\n"}).findings
    assert found.value("system_packages") == "pandoc"
    assert "pandoc is installed, which adds 200 MB" in notes(found)
    assert "trixie has no wkhtmltopdf; weasyprint does its work" in notes(found)
    assert "app.py:4 names /etc/pki/tls/cert.pem, which Debian has not" in notes(found)


MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
MESSAGES: dict[str, tuple[dict[str, str], list[str]]] = {
    "Babel's": (
        {"translations/de/LC_MESSAGES/messages.po": "", "requirements.txt": "flask\nflask-babel\n"},
        ["pybabel compile --domain messages --directory translations"],
    ),
    "compiled already": (
        {
            "translations/de/LC_MESSAGES/messages.po": "",
            "translations/de/LC_MESSAGES/messages.mo": "",
            "requirements.txt": "flask\nflask-babel\n",
        },
        [],
    ),
    "without a library": ({"translations/de/LC_MESSAGES/messages.po": ""}, []),
    "compiled by a stated command": (
        {
            "translations/de/LC_MESSAGES/messages.po": "",
            "requirements.txt": "flask\nflask-babel\n",
            "Procfile": "web: flask translate compile; gunicorn app:app\n",
        },
        ["flask translate compile"],
    ),
    "Django's": (
        {
            "manage.py": MANAGE,
            "shop/__init__.py": "",
            "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = []\n",
            "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
            "shop/locale/de/LC_MESSAGES/django.po": "",
            "requirements.txt": "django\n",
            "app.py": "",
        },
        ["python manage.py compilemessages"],
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_translations_of_which_only_the_sources_are_there_are_compiled(name: str, answers: Answers) -> None:
    files, expected = MESSAGES[name]
    found = answers({"app.py": FLASK, "requirements.txt": "flask\n", **files})
    assert lines(found, "build_commands") == expected
    assert ("gettext" in lines(found, "build_packages")) == (name == "Django's")
