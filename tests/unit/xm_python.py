"""Reads config files as Python would, without running them: texts from a file, with a NUL behind each.

For each text a line "config", then a line "NAME VALUE" for each assignment, in order, or a line "error REASON". A VALUE is
i<decimal>, s<hex of the bytes> or l with its items in brackets behind it: l[i1,s6162]. What `bootargs` is to shlex, which
xend cuts it with, stands behind it as `bootargs.words`.
"""
import ast
import io
import shlex
import sys
import tokenize

# Escapes that every Python reads alike, in texts and in unicode texts.
ESCAPES = set('\\"nrt')
# Keywords of Python 2 that this Python does not know.
KEYWORDS = {"print", "exec"}


def check_text(text):
    if not text.startswith('"') or (len(text) > 2 and text.startswith('""')):
        raise ValueError("not a text in double quotes: %s" % text)
    position = text.find("\\")
    while position >= 0:
        if text[position + 1 : position + 2] not in ESCAPES:
            raise ValueError("an escape that not every Python reads alike")
        position = text.find("\\", position + 2)


def check_tokens(text):
    """Nothing but what Python 2.3 reads as Python 3 does."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            check_text(token.string)
        elif token.type == tokenize.NUMBER and not token.string.isdigit():
            raise ValueError("not a plain number: %s" % token.string)
        elif token.type == tokenize.OP and token.string not in "=[],-":
            raise ValueError("an operator: %s" % token.string)


def show(value):
    if type(value) is int:
        if abs(value) > 0x7FFFFFFF:
            raise ValueError("a long integer")
        return "i%d" % value
    if type(value) is str:
        return "s" + value.encode("ascii").hex()
    if type(value) is list and not any(type(item) is list for item in value):
        return "l[" + ",".join(show(item) for item in value) + "]"
    raise ValueError("a value of the type %s" % type(value).__name__)


def read(text):
    lines = []
    check_tokens(text)
    for statement in ast.parse(text).body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise ValueError("line %d is not an assignment" % statement.lineno)
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or target.id in KEYWORDS or statement.col_offset != 0:
            raise ValueError("line %d does not begin with a variable" % statement.lineno)
        value = ast.literal_eval(statement.value)
        lines.append("%s %s" % (target.id, show(value)))
        if target.id == "bootargs":
            lines.append("bootargs.words " + show(shlex.split(value)))
    return lines


def main():
    with open(sys.argv[1], "rb") as texts:
        for text in texts.read().split(b"\0")[:-1]:
            print("config")
            try:
                print("\n".join(read(text.decode("ascii"))))
            except (ValueError, SyntaxError, tokenize.TokenError) as error:
                print("error %s" % str(error).replace("\n", " "))


main()
