"""The history panel: what was saved, by whom and why; and the way back."""
