"""What holds for every test."""

import pytest
from hypothesis import settings

# What these hold says what it found, as a test does.
pytest.register_assert_rewrite("tests.walls")

# How long an example takes says how busy the machine is, not whether it is right.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
