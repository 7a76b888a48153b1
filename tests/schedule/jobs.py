"""Jobs for the tests, awkward names for them, and readers that undo each format's quoting by its own rules."""

import re

from hypothesis import strategies as st

from audience_builder.schedule import Job, Variable, When

TOKEN = Variable(name="META_ACCESS_TOKEN", purpose="access token of Meta")
NOTICES = Variable(name="AUDIENCE_BUILDER_NOTIFY_URLS", purpose="addresses of notices", optional=True)
AWKWARD = '100% it\'s "best" $HOME `id` $(id) ${{ secrets.X }} #1; & <b> é 🛒'

NAMES = st.text(
    st.one_of(
        st.sampled_from(" '\"$%`(){}[]#;&|<>!*?~=:,@^é🛒-"),
        st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="/\\"),
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: name == name.strip() and name not in {".", ".."})
"""Names of files and folders, without a backslash."""


def job(**changes):
    settings = {
        "name": "acme",
        "clients": ("acme",),
        "command": "/opt/audience-builder/bin/audience-builder",
        "folder": "/srv/acme",
        "files": ("audience.toml",),
        "states": ("/srv/state/acme",),
        "variables": (TOKEN, NOTICES),
        "env_file": "/srv/secrets/acme.env",
        "log_file": "/srv/logs/acme.log",
        "user": "root",
        "root": "/srv/acme",
        "when": When.parse("03:15"),
    }
    return Job(**{**settings, **changes})


def only(files):
    (text,) = files.values()
    return text


def cron_line(text):
    """The last line, as cron splits it: five fields, and the command with its percent signs."""
    *fields, command = text.splitlines()[-1].split(" ", 5)
    assert not re.search(r"(?<!\\)%", command), "an unescaped % ends the command"
    return " ".join(fields), command.replace(r"\%", "%")


def systemd_words(line, *, escapes):
    """Words as systemd.syntax(7) splits them: quotes of both kinds, C escapes where they count, %% for %."""
    assert not re.search(r"(?<!%)(%%)*%(?!%)", line), "a single % is a specifier"
    words, word, quote, signs = [], None, None, iter(line.replace("%%", "%"))
    for sign in signs:
        if sign == "\\" and escapes:
            word = (word or "") + next(signs)
        elif quote is not None and sign == quote:
            quote = None
        elif quote is None and sign in "\"'":
            word, quote = word or "", sign
        elif quote is None and sign == " ":
            words, word = [*words, *([] if word is None else [word])], None
        else:
            word = (word or "") + sign
    assert quote is None
    return [*words, *([] if word is None else [word])]


def windows_words(line):
    """Arguments as the Microsoft C runtime splits them: 2n backslashes before a quote are n, and it counts."""
    words, word, quoted, place = [], None, False, 0
    while place < len(line):
        slashes = len(re.match(r"\\*", line[place:])[0])
        place += slashes
        sign = line[place : place + 1]
        if sign == '"':
            word = (word or "") + "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
        else:
            word = (word or "") + "\\" * slashes if slashes else word
            if sign in {" ", "\t"} and not quoted:
                words, word = [*words, *([] if word is None else [word])], None
            elif sign:
                word = (word or "") + sign
        place += 1
    return [*words, *([] if word is None else [word])]
