"""The simulated world: a function of a seed and the time."""
