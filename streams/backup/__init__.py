"""A copy of all that is stored, in one file, and the way back from it."""
