"""The deployment checklist as live checks: one small function a line, a registry of them, and what they look at."""
