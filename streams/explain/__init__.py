"""Behind a number: its definition, how fresh it is, and the events that make it up."""
