"""The pure middle: from records to rows, without I/O, clock or configuration."""
