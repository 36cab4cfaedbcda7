"""The migrations panel: what exists, what was done, what would run, and ways out of what failed."""
