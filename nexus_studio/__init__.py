"""Nexus Studio: a desktop window on one PostgreSQL database."""

__version__ = "0.1.0"
