"""Reading C++ without understanding it: comments and literals blanked out, and where functions are.

Blanking keeps every line and column, so that what a rule finds can be pointed at. This reads
well-formatted code (clang-format runs first); it is no parser.
"""

import re
from dataclasses import dataclass

_PIECES = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def _blanks_for(match):
    return re.sub(r'[^\n]', ' ', match.group())


def blank(text, keep_strings=False):
    """The text with comments (and strings, unless kept) turned into blanks."""

    def replacement(match):
        piece = match.group()
        if keep_strings and not piece.startswith('/'):
            return piece
        return _blanks_for(match)

    return _PIECES.sub(replacement, text)


@dataclass
class Function:
    name: str
    first_line: int
    last_line: int

    @property
    def lines(self):
        return self.last_line - self.first_line + 1


_CONTAINER = re.compile(r'\b(namespace|class|struct|union|enum|extern)\b')
_NAME = re.compile(r'([~\w]+|operator\S+?)\s*\(')


def _kind(head):
    """What a brace opens, judged by the statement before it."""
    qualified = re.search(r'\b(const|override|noexcept|final|mutable)$', head)
    if re.search(r'[\w>]$', head) and not qualified:
        if not _CONTAINER.search(head) and '->' not in head:
            return 'initialiser'
    if re.search(r'(^|[^=!<>])=\s*$', head) or head.endswith((',', '(', '{', 'return')):
        return 'initialiser'
    if '(' in head and not re.match(r'\s*(extern\s*" *"|namespace\b)', head):
        return 'function'
    return 'container'


def functions(text):
    """Every function with a body that is not inside another one."""
    code = re.sub(r'(?m)^[ \t]*#(?:\\\n|[^\n])*', _blanks_for, blank(text))
    found = []
    stack = []  # kind of each open brace
    start = 0  # where the current statement began
    current = None
    for match in re.finditer(r'[{};]', code):
        at, sign = match.start(), match.group()
        if sign == '{':
            head = code[start:at].strip()
            # A constructor's initialisers may be in braces: `: a_{1} {`; a body's has a space.
            joined = at > 0 and (code[at - 1].isalnum() or code[at - 1] in '_>')
            kind = 'inner' if current else 'initialiser' if joined else _kind(head)
            if kind == 'function':
                names = _NAME.findall(re.sub(r'\s+', ' ', head))
                first = at - len(code[start:at].lstrip())
                line = code.count('\n', 0, first) + 1
                current = (len(stack), names[0] if names else '?', line)
            stack.append(kind)
            if kind not in ('initialiser', 'inner'):
                start = at + 1
        elif sign == '}' and stack:
            kind = stack.pop()
            if current and len(stack) == current[0]:
                found.append(Function(current[1], current[2], code.count('\n', 0, at) + 1))
                current = None
            if kind != 'initialiser' and not current:
                start = at + 1
        elif not current and not (stack and stack[-1] == 'initialiser'):
            start = at + 1
    return found
