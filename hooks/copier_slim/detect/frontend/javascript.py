"""Paths that a builder's configuration states, in JavaScript, TypeScript or JSON; nothing is run."""

from __future__ import annotations

import posixpath
import re

LINE_COMMENT = re.compile(r"(?m)(?<![:\"'`\w])//[^\n]*$")
TEXT = re.compile(r"""(["'`])(?P<text>[^"'`\n]{0,300})\1""")
CALL = re.compile(r"(?:\w+\.)?(?P<name>resolve|join|fileURLToPath|dirname)\s*\(|new URL\s*\(")
HERE = re.compile(r"__dirname|import\.meta\.dirname|import\.meta\.url|__filename")
CWD = re.compile(r"process\.cwd\(\)")
NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
# How many names are looked up until a path comes out
DEEPEST = 4
LONGEST = 400  # of an expression, in characters


def stated(text: str, key: str, folder: str, directory: str, *, whole: bool = False) -> list[str] | None:
    """The paths that stand behind a key, from the repository's root, as far as they can be told; None without the key.

    With `whole`, none if one of them cannot be told. `folder` is where the configuration lies, `directory` where the
    builder is run; `key` is a regular expression.
    """
    text = _filled(_without_comments(text))
    found = [said.end() for said in re.finditer(rf"(?<![\w.$])(?:{key})\s*:\s*", text)]
    if not found and not re.search(rf"(?<![\w.$])(?:{key})\s*[,}}]", text):
        return None
    paths = [_path(text, text[at : at + LONGEST], folder, directory, DEEPEST) for at in found]
    told = [path for path in paths if path is not None]
    return told if len(told) == len(paths) or not whole else []


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        kept.append(text[at:start])
        at = end + 2
    return LINE_COMMENT.sub("", "".join(kept) + text[at:])


def named(text: str, mapped: str | None, second: str | None) -> list[str]:
    """What is made as keys of the map behind `mapped`, or as the second argument of the functions `second`."""
    text = _filled(_without_comments(text))
    found = [
        path[1]
        for block in (re.finditer(rf"\b{mapped}\s*:\s*\{{([^{{}}]{{1,2000}})\}}", text) if mapped else ())
        for path in re.finditer(r"""["']([\w./-]{1,200})["']\s*:""", block[1])
    ]
    if second:
        call = (
            rf"""\.(?:{second})\(\s*(?:["'][^"'\n]{{1,200}}["']|\[[^\]]{{1,2000}}\])\s*,\s*["']([\w./-]{{1,200}})["']"""
        )
        found += [match[1] for match in re.finditer(call, text)]
    return list(dict.fromkeys(found))


def _filled(text: str) -> str:
    """The text with the names of plain texts, as ${name}, filled in."""
    for name in dict.fromkeys(re.findall(r"\$\{(\w{1,99})\}", text)):
        says = re.search(rf"(?:const|let|var)\s+{name}\s*=\s*([\"'`])(?P<text>[\w./-]{{0,300}})\1", text)
        if says:
            text = text.replace(f"${{{name}}}", says["text"])
    return text


def _path(text: str, value: str, folder: str, directory: str, depth: int) -> str | None:
    """The path that an expression at the beginning of `value` means; None where it cannot be told."""
    value = value.lstrip()
    if literal := TEXT.match(value):
        return _literal(literal["text"], folder, directory)
    if concatenated := re.match(r"__dirname\s*\+\s*", value):
        rest = TEXT.match(value[concatenated.end() :])
        return posixpath.normpath(posixpath.join(folder, rest["text"].lstrip("/"))) if rest else None
    if CALL.match(value):
        return _called(text, value, folder, directory, depth)
    name = NAME.match(value)
    if name is None or depth == 0:
        return None
    last = re.escape(name[0].rpartition(".")[2])
    says = re.search(rf"(?<![\w.$]){last}\s*(?:=(?![=>])|:)\s*(?P<value>[^\n;]{{1,{LONGEST}}})", text)
    return _path(text, says["value"], folder, directory, depth - 1) if says and says["value"] != value else None


def _literal(path: str, folder: str, directory: str) -> str | None:
    if here := re.match(r"\$\{(?:__dirname|import\.meta\.dirname)\}/?", path):
        below = path[here.end() :]
        return None if "$" in below else posixpath.normpath(posixpath.join(folder, below))
    return None if "$" in path or not path else posixpath.normpath(posixpath.join(directory, path))


def _called(text: str, value: str, folder: str, directory: str, depth: int) -> str | None:
    """path.resolve(__dirname, "…", NAME), path.join("…"), fileURLToPath(new URL("…", import.meta.url))."""
    call = _arguments(value)
    start = folder if HERE.search(call) else directory
    parts: list[str] = []
    for argument in call.split(","):
        words = argument.strip()
        if HERE.fullmatch(words) or CWD.fullmatch(words) or not words:
            continue
        if literal := TEXT.search(words):
            parts.append(literal["text"].lstrip("/") if parts or start else literal["text"])
        elif NAME.fullmatch(words) and depth:
            known = _path(text, words, folder, directory, depth - 1)
            if known is None:
                return None
            start, parts = known, []
        elif not HERE.search(words):
            return None
    if any("$" in part for part in parts):
        return None
    return posixpath.normpath(posixpath.join(start, *parts))


def _arguments(value: str) -> str:
    """What stands between the first parenthesis and its end."""
    begin = value.index("(") + 1
    level = 1
    for at, sign in enumerate(value[begin:], begin):
        level += {"(": 1, ")": -1}.get(sign, 0)
        if level == 0:
            return value[begin:at]
    return value[begin:]
