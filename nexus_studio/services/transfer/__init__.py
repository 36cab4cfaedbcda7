"""Rows to files and from files: export and import of tables."""
