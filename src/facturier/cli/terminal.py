"""What every command shares: files in, words out, the refusals of a command line.

Words are French; English is asked for by ``--lang en``, or by ``FACTURIER_LANG`` for good.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from facturier.language import Language

BAD_USAGE = 2
DOCUMENT_SUFFIXES = frozenset({".xml", ".pdf"})
"""What is looked for in a folder."""
INTERRUPTED = 130
"""What a shell answers for a command stopped by Ctrl-C."""


LANGUAGES: tuple[Language, ...] = ("fr", "en")


class _Speaking:
    language: Language = "fr"


def speak(language: Language) -> None:
    """Choose the language of all that this process says from now on."""
    _Speaking.language = language


def spoken() -> Language:
    """Return the language of what is said."""
    return _Speaking.language


def asked_language(arguments: Sequence[str]) -> Language:
    """Return the language that a command line asks for, else the environment, else French."""
    asked = os.environ.get("FACTURIER_LANG", "")[:2].lower()
    for one, following in zip(arguments, (*arguments[1:], ""), strict=False):
        if one == "--lang" or one.startswith("--lang="):
            asked = one.partition("=")[2] or following
    return "en" if asked == "en" else "fr"


def worded(text: str) -> str:
    """Return a text, of one line or several, in the language of what is said."""
    if _Speaking.language == "fr":
        return text
    from facturier.language import text_in  # noqa: PLC0415  # French needs none of it

    return text_in(text, _Speaking.language)


def prepare_streams(*, json_wanted: bool) -> None:
    """Let no letter stop a command: a terminal in ISO 8859-1, a file name of another encoding.

    JSON is UTF-8 whatever the terminal; the bytes of a name that is none become escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if json_wanted and stream is sys.stdout:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            stream.reconfigure(errors="replace")


def complain(message: str, remedy: str = "") -> None:
    """Say on the error stream what is wrong, and what to do."""
    colon = " :" if spoken() == "fr" else ":"
    print(f"facturier{colon} {worded(message)}", file=sys.stderr)
    if remedy:
        print(f"  → {worded(remedy)}", file=sys.stderr)


def in_french(error: OSError) -> str:
    """Say what the system refused, and on which file."""
    for kind, said in (
        (FileNotFoundError, "fichier ou dossier introuvable"),
        (PermissionError, "accès refusé"),
        (IsADirectoryError, "c'est un dossier, pas un fichier"),
        (NotADirectoryError, "ce chemin passe par un fichier comme par un dossier"),
    ):
        if isinstance(error, kind):
            return f"{said} : {error.filename}"
    return f"le système refuse ({error.strerror}) : {error.filename or ''}".rstrip(" :")


def bytes_of(path: Path) -> bytes:
    """Return a file, of which no more is read than the limit. Raises UnsafeDocument over it."""
    from facturier.formats.parsing import MAX_BYTES, refuse_big  # noqa: PLC0415

    refuse_big(path.stat().st_size)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # a pipe or a device says no size
    refuse_big(len(data))
    return data


class Parser(argparse.ArgumentParser):
    """The parser of the standard library, whose refusals, headings and help are said in French."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said, add_help=False)
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="montrer cette aide")
        self.add_argument(
            "--lang",
            choices=LANGUAGES,
            default=argparse.SUPPRESS,  # or a command would undo what stands before it
            help="langue des messages : fr ou en (sans cela, FACTURIER_LANG, puis fr)",
        )

    def format_help(self) -> str:
        """Return the help, its first word in French; in English, all of it."""
        if spoken() != "fr":
            self.description = worded(self.description or "") or None
            for action in self._actions:
                action.help = worded(action.help) if action.help else action.help
                for choice in getattr(action, "_choices_actions", ()):
                    choice.help = worded(choice.help or "")
        return _usage(super().format_help())

    def format_usage(self) -> str:
        """Return the line of usage, its first word in French."""
        return _usage(super().format_usage())

    def error(self, message: str) -> NoReturn:
        """Say it in French, or as the standard library does, and leave with status 2."""
        if spoken() == "fr":
            for pattern, told in _REFUSALS:
                message = re.sub(pattern, told, message)
        self.print_usage(sys.stderr)
        complain(message)
        sys.exit(BAD_USAGE)


def _usage(text: str) -> str:
    return re.sub(r"\Ausage: ", "usage : ", text) if spoken() == "fr" else text


_REFUSALS = (
    (r"^the following arguments are required: (.*)", r"il manque : \1"),
    (r"^unrecognized arguments: (.*)", r"argument inconnu : \1"),
    (r"^argument (\S+): expected (?:one|at least one) argument", r"\1 : il manque une valeur"),
    (
        r"^argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)",
        r"\1 : « \2 » n'existe pas ; choisissez parmi \3",
    ),
    (r"^argument (\S+): invalid int value: '(.*)'", r"\1 : « \2 » n'est pas un nombre entier"),
    (r"^argument (\S+): ", r"\1 : "),
)
"""What the standard library says, and what we say."""


def day(text: str) -> date:
    """Read a date of the command line. Raises ArgumentTypeError for another form."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une date AAAA-MM-JJ") from None
