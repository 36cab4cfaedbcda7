"""The table of rows: model, view, editors, filter bar, review."""
