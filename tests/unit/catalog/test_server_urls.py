"""Whatever a password is and wherever it stands in a URL, nothing of it is shown."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from helioscope.catalog.server_urls import require_location, server_url, shown, without_password
from helioscope.errors import UsageError

#: What a shell and SQLAlchemy take unescaped; "@" is the one sign that ends a password.
RAW = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="@"), min_size=1
)


@given(RAW)
def test_a_password_as_it_is_typed_is_covered(password: str) -> None:
    assert without_password(f"postgresql://me:{password}@host/db") == "postgresql://me:***@host/db"


@given(st.text(min_size=1), st.sampled_from(("password", "sslpassword")))
def test_a_password_in_the_query_is_covered(password: str, key: str) -> None:
    query = {key: password, "application_name": "a"}
    url = sa.URL.create("postgresql", "me", None, "host", 5432, "db", query)
    text = shown(server_url(url.render_as_string(hide_password=False)))
    assert sa.make_url(text) == url.update_query_dict({key: "***"})
    assert f"{key}=***" in text


@pytest.mark.parametrize("password", ["a@b", "a@b/c", "a@b:c", "a@b?c=d"])
def test_a_password_that_ends_nobody_knows_where_is_refused_unseen(password: str) -> None:
    url = f"postgresql://me:{password}@host/db"
    with pytest.raises(UsageError, match="%40") as fault:
        server_url(url)
    assert password[:2] not in str(fault.value)
    assert without_password(f"--catalog={url}") == "--catalog=postgresql://***"


@pytest.mark.parametrize(
    "word", ["--catalog", "out/catalog.sqlite", 'run = "a://b:c@d"', "x=a:b@c"]
)
def test_other_words_stay(word: str) -> None:
    assert without_password(word) == word


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:/me:secret@host/db",
        "postgres:secret@host/db",
        "Postgresql+psycopg:me:secret@host",
        "host=here user=me password=secret",
        "host=here PASSWORD = secret",
    ],
)
def test_an_address_without_the_mark_of_a_url_is_no_path_and_is_not_shown(text: str) -> None:
    with pytest.raises(UsageError, match="without '://'") as fault:
        require_location(text)
    assert "secret" not in str(fault.value)


@pytest.mark.parametrize(
    "text", ["out/catalog.sqlite", "postgres/catalog.sqlite", "postgresql://me@host/db", "a:b"]
)
def test_a_path_and_a_url_pass(text: str) -> None:
    require_location(text)
