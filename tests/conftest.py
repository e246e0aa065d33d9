"""Property tests draw the same examples on every machine, however slow the machine."""

from hypothesis import settings

settings.register_profile("ntklib", deadline=None, derandomize=True)
settings.load_profile("ntklib")
