"""The versions of the catalogue's tables, in order; `versions` holds one alembic step each."""

VERSIONS = ("0001", "0002")
#: The version that this program works with.
HEAD = VERSIONS[-1]
