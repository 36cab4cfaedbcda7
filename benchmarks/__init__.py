"""Measurements of Studio against references taken in the same run. `make bench` runs them; README.md has the record."""
