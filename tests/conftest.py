"""What holds for every test: property tests are not timed, the first call of a kernel compiles."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
