"""Exporting and importing in the window."""
