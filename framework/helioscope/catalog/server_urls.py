"""The URL of a PostgreSQL server, read, and shown without its passwords."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from helioscope.errors import UsageError

_FORM = "a path, or postgresql://user@host/database"
#: Words of the query that hold a secret; the others that name one hold the path of a file.
_SECRETS = frozenset(
    ("password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret")
)
_COVER = "***"
#: An address of a server that lacks the mark of a URL.
_NEARLY = re.compile(
    r"^\s*(jdbc|postgres|postgresql|pgsql|psql|mysql|mariadb|sqlite)(\+\w+)?:|password\s*=",
    re.IGNORECASE,
)


def require_location(text: str) -> None:
    """Refuse what is meant for a server and would be taken for a path, with the password in it.

    Raises
    ------
    UsageError
        The message shows nothing of it.
    """
    if "://" not in text and _NEARLY.search(text):
        raise UsageError(
            where="catalogue", found="what looks like a server's address, without '://'",
            expected=_FORM,
        )  # fmt: skip


def server_url(text: str) -> sa.URL:
    """Read the URL of a PostgreSQL database.

    Raises
    ------
    UsageError
        Where it is none; the message shows nothing of it that may be a password.
    """
    try:
        url = _read(text)
    except (SQLAlchemyError, ValueError) as error:
        raise UsageError(
            where="catalogue", found="a URL that cannot be read", expected=_FORM,
            remedy="check host and port; in a user or password write @ as %40 and : as %3A",
        ) from error  # fmt: skip
    if url.get_backend_name() != "postgresql":
        raise UsageError(
            where="catalogue", found=f"a URL of {url.get_backend_name()}", expected=_FORM
        )
    return url


def shown(url: sa.URL) -> str:
    """Write a URL with its passwords covered."""
    secret = _SECRETS & url.query.keys()
    text = url.update_query_dict(dict.fromkeys(secret, _COVER)).render_as_string()
    return text.replace("=%2A%2A%2A", f"={_COVER}")


def without_password(word: str) -> str:
    """Cover the passwords in a word of a command line that is a URL, or an option with one."""
    option, url = re.fullmatch(r"(--[\w-]+=)?(.*)", word, re.DOTALL).groups("")  # type: ignore[union-attr]
    scheme = re.match(r"[\w+]+://", url)
    if not scheme:
        return word
    try:
        return option + shown(_read(url))
    except (SQLAlchemyError, ValueError):
        return f"{option}{scheme[0]}{_COVER}"


def _read(text: str) -> sa.URL:
    if text.count("@") > 1:
        raise ValueError("nobody knows where the password ends")
    return sa.make_url(text)
