"""Every saved change set, kept with what the rows were before, so that it can be taken back."""
