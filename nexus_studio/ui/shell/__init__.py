"""The main window, the welcome page and the dialogs around the panels."""
