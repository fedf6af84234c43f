"""Shell scripts as words and operators, quotes and all: what the grammar of shell_syntax is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_TOKENS = 20_000
OPERATORS = (";;&", ";;", ";&", ";", "&&", "||", "|&", "|", "&", "(", ")", "\n")
REDIRECTION = re.compile(r"\d*(?:<<<|<<-|<<|<>|<&|>>|>\||>&|<(?!\()|>(?!\())|&>>|&>")
ARRAY = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
CLOSING = {"(": ")", "{": "}"}


class BrokenError(Exception):
    """The text is no script that can be read."""


@dataclass(slots=True)
class Token:
    """A word, an operator, or a redirection with its target and the text of its here-document."""

    kind: str
    text: str
    body: str | None = None


@dataclass(slots=True)
class Lexer:
    """Takes a script apart."""

    text: str
    at: int = 0
    found: list[Token] = field(default_factory=list)
    waiting: list[tuple[Token, str, bool]] = field(default_factory=list)

    def tokens(self) -> list[Token]:
        """The words and operators of the script. Raises BrokenError where a quote or a parenthesis does not end."""
        self.text = self.text.replace("\r\n", "\n").replace("\\\n", " ")
        while self.at < len(self.text):
            if len(self.found) > MOST_TOKENS:
                raise BrokenError("too long")
            self._next()
        return self.found

    def _next(self) -> None:
        here = self.text[self.at]
        if here in " \t\r":
            self.at += 1
        elif here == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        elif match := REDIRECTION.match(self.text, self.at):
            self._redirection(match[0])
        elif self.text.startswith("((", self.at) and (end := self.text.find("))", self.at)) > 0:
            self.found.append(Token("word", self.text[self.at : end + 2]))
            self.at = end + 2
        elif operator := next((item for item in OPERATORS if self.text.startswith(item, self.at)), ""):
            self.found.append(Token("operator", operator))
            self.at += len(operator)
            if operator == "\n":
                self._documents()
        else:
            self.found.append(Token("word", self._word("")))
            if self.found[-1].text == "[[":
                self._test()

    def _test(self) -> None:
        """The words of [[ … ]], in which no operator of the shell counts."""
        while True:
            while self.text[self.at : self.at + 1] in (" ", "\t", "\n"):
                self.at += 1
            if self.at >= len(self.text):
                raise BrokenError("[[")
            if self.text.startswith("]]", self.at):
                self.found.append(Token("word", "]]"))
                self.at += 2
                return
            self.found.append(Token("word", self._word(";&|()<>")))

    def _redirection(self, operator: str) -> None:
        self.at += len(operator)
        token = Token("redirection", operator)
        self.found.append(token)
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        if self.at < len(self.text) and self.text[self.at] not in "\n;|":
            target = self._word("&" if operator.endswith("&") else "")
            token.text = f"{operator} {target}" if not operator.endswith("&") else f"{operator}{target}"
            if operator.startswith("<<") and operator != "<<<":
                self.waiting.append((token, target.strip("'\"").replace("\\", ""), operator == "<<-"))
            elif operator == "<<<":
                token.body = target

    def _documents(self) -> None:
        for token, end, is_indented in self.waiting:
            lines = []
            while self.at < len(self.text):
                end_of_line = self.text.find("\n", self.at)
                line = self.text[self.at : end_of_line if end_of_line >= 0 else len(self.text)]
                self.at += len(line) + 1
                if (line.lstrip("\t") if is_indented else line) == end:
                    break
                lines.append(line)
            token.body = "\n".join(lines)
        self.waiting.clear()

    def _word(self, within: str) -> str:
        """The next word, with its quotes; `within` are operators that belong to it here."""
        start = self.at
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "\\":
                self.at += 2
            elif here == "'":
                self._until("'")
            elif here == '"':
                self._quoted()
            elif here == "`":
                self._until("`")
            elif here in "$<>" and self.text[self.at + 1 : self.at + 2] in CLOSING:
                self.at += 1
                self._balanced(CLOSING[self.text[self.at]])
            elif here == "(" and ARRAY.fullmatch(self.text, start, self.at):
                self._balanced(")")
            elif here in " \t\n" or (here in ";&|()<>" and here not in within):
                break
            else:
                self.at += 1
        if self.at == start:
            raise BrokenError(self.text[start : start + 1])
        return self.text[start : self.at]

    def _until(self, end: str) -> None:
        found = self.text.find(end, self.at + 1)
        if found < 0:
            raise BrokenError(end)
        self.at = found + 1

    def _quoted(self) -> None:
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.text[self.at] == "$" and self.text[self.at + 1 : self.at + 2] in CLOSING:
                self.at += 1
                self._balanced(CLOSING[self.text[self.at]])
            else:
                self.at += 2 if self.text[self.at] == "\\" else 1
        if self.at >= len(self.text):
            raise BrokenError('"')
        self.at += 1

    def _balanced(self, end: str) -> None:
        """Goes behind the parenthesis or brace that ends what begins here."""
        ends = [end]
        self.at += 1
        while ends and self.at < len(self.text):
            here = self.text[self.at]
            if here == ends[-1]:
                ends.pop()
            elif here in CLOSING and (here == "(" or self.text[self.at - 1] == "$"):
                ends.append(CLOSING[here])
            elif here in "'`" and not (here == "'" and end == "}"):
                self._until(here)
                continue
            elif here == "\\":
                self.at += 1
            self.at += 1
        if ends:
            raise BrokenError(end)
