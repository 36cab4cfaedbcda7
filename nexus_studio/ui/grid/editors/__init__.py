"""Editors of cells, one a family of types; text in, text out, and NULL, empty and DEFAULT kept apart."""
