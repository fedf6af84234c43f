"""Shell scripts as commands: what POSIX' grammar has, and what bash adds to it that start scripts use.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from copier_slim.detect.statements.shell_tokens import BrokenError, Lexer, Token

DEEPEST = 30  # compound commands in others
NAME = re.compile(r"[A-Za-z_][\w-]*+", re.ASCII)
ENDS = {"then", "else", "elif", "fi", "do", "done", "esac", "}"}


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words with their quotes, where its output goes, and the text that it is fed."""

    words: tuple[str, ...]
    redirected: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands of which each reads what the one before it writes; `is_not` is the ! in front."""

    commands: tuple[Node, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Commands apart by && and ||: what joins each to the one before, "" for the first; whether in the background."""

    items: tuple[tuple[str, Node], ...]
    background: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """Conditions, each with what it leads to; the last one's condition is empty for `else`."""

    branches: tuple[tuple[Body, Body], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`while`, `until` or `for`, with its condition or the words that a variable goes through."""

    kind: str
    condition: Body
    body: Body
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A word, and what is done for each of its patterns."""

    word: str
    branches: tuple[tuple[tuple[str, ...], Body], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Commands in braces or parentheses; those of a function where it has a name."""

    body: Body
    name: str = ""


Node = Command | Pipe | Chain | If | Loop | Case | Group
Body = tuple[Node, ...]


def parse(text: str) -> Body:
    """The commands of a script. Raises BrokenError where it is none, or too deep."""
    parser = _Parser(Lexer(text).tokens())
    body = parser.body(set())
    if parser.at < len(parser.tokens):
        raise BrokenError(parser.tokens[parser.at].text)
    return body


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    at: int = 0
    depth: int = 0

    def body(self, ends: set[str]) -> Body:
        """Commands until a word or an operator that ends them, which stays."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise BrokenError("too deep")
        found: list[Node] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text in ends and token.kind != "redirection":
                break
            if token.kind == "operator" and token.text in ("\n", ";"):
                self.at += 1
            elif token.text in ENDS or token.text in (")", ";;", ";&", ";;&"):
                raise BrokenError(token.text)
            else:
                found.append(self._chain())
        self.depth -= 1
        return tuple(found)

    def _peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _lines(self) -> None:
        while self._peek() == "\n":
            self.at += 1

    def _take(self, *expected: str) -> str:
        text = self._peek()
        if text not in expected or not text:
            raise BrokenError(text or "the end")
        self.at += 1
        return text

    def _chain(self) -> Node:
        items: list[tuple[str, Node]] = [("", self._pipe())]
        while self._peek() in ("&&", "||"):
            joined = self._take("&&", "||")
            self._lines()
            items.append((joined, self._pipe()))
        background = self._peek() == "&"
        self.at += background
        return items[0][1] if len(items) == 1 and not background else Chain(tuple(items), background)

    def _pipe(self) -> Node:
        is_not = self._peek() == "!"
        self.at += is_not
        commands = [self._command()]
        while self._peek() in ("|", "|&"):
            self.at += 1
            self._lines()
            commands.append(self._command())
        return commands[0] if len(commands) == 1 and not is_not else Pipe(tuple(commands), is_not)

    def _command(self) -> Node:
        match self._peek():
            case "if":
                node: Node = self._if()
            case "while" | "until":
                node = self._loop()
            case "for" | "select":
                node = self._for()
            case "case":
                node = self._case()
            case "{":
                node = self._group("}")
            case "(":
                node = self._group(")")
            case _:
                return self._simple()
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "redirection":
            self.at += 1
        return node

    def _if(self) -> If:
        branches: list[tuple[Body, Body]] = []
        word = self._take("if")
        while word in ("if", "elif"):
            condition = self.body({"then"})
            self._take("then")
            branches.append((condition, self.body({"elif", "else", "fi"})))
            word = self._take("elif", "else", "fi")
        if word == "else":
            branches.append(((), self.body({"fi"})))
            self._take("fi")
        return If(tuple(branches))

    def _loop(self) -> Loop:
        kind = self._take("while", "until")
        condition = self.body({"do"})
        return Loop(kind, condition, self._do())

    def _do(self) -> Body:
        self._take("do")
        body = self.body({"done"})
        self._take("done")
        return body

    def _for(self) -> Loop:
        self.at += 1
        words = []
        while self.at < len(self.tokens) and self._peek() not in ("do", "\n", ";"):
            words.append(self._peek())
            self.at += 1
        while self._peek() in ("\n", ";"):
            self.at += 1
        return Loop("for", (), self._do(), tuple(words))

    def _case(self) -> Case:
        self._take("case")
        word = self._peek()
        self.at += 1
        self._lines()
        self._take("in")
        branches = []
        self._lines()
        while self._peek() != "esac":
            patterns = []
            while self.at < len(self.tokens) and self._peek() != ")":
                if self._peek() not in ("|", "(", "\n"):
                    patterns.append(self._peek())
                self.at += 1
            self._take(")")
            branches.append((tuple(patterns), self.body({";;", ";&", ";;&", "esac"})))
            if self._peek() != "esac":
                self._take(";;", ";&", ";;&")
            self._lines()
        self._take("esac")
        return Case(word, tuple(branches))

    def _group(self, end: str, name: str = "") -> Group:
        self.at += 1
        body = self.body({end})
        self._take(end)
        return Group(body, name)

    def _simple(self) -> Node:
        words: list[str] = []
        redirected: list[str] = []
        text: str | None = None
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "operator":
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "redirection":
                redirected.append(token.text)
                text = token.body if token.body is not None else text
            else:
                words.append(token.text)
        is_function = self._peek() == "(" and len(words) == 1 and NAME.fullmatch(words[0])
        if words[:1] == ["function"] and len(words) > 1:
            name = words[1]
            if words[-1] == "{":  # function name {
                self.at -= 1
                return self._group("}", name)
        elif is_function:
            name = words[0]
        else:
            if not words and not redirected:
                raise BrokenError(self._peek() or "the end")
            return Command(tuple(words), tuple(redirected), text)
        if self._peek() == "(":
            self._take("(")
            self._take(")")
        self._lines()
        return self._group(")" if self._peek() == "(" else "}", name) if self._peek() in ("{", "(") else self._broken()

    def _broken(self) -> Node:
        raise BrokenError(self._peek() or "the end")
