"""What runs in the interpreter of somebody else's project: on Alembic and SQLAlchemy, and nothing of ours.

Python 3.9, Alembic 1.8 and SQLAlchemy 1.4 are the oldest that it may meet. For the bundled project the same code is
called in this process.
"""
