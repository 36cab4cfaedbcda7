"""Run the program: `python -m nexus_studio`."""

from __future__ import annotations

import sys

from nexus_studio.cli import main

if __name__ == "__main__":
    sys.exit(main())
