"""The versions of the catalogue's tables, in order; `versions` holds one alembic step each."""

#: The version that this program works with.
HEAD = "0001"
