"""Dead letters: published with their origin, archived, and redriven once what was wrong is mended."""
