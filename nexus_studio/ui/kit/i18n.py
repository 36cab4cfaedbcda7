"""Languages: loads our translations and Qt's own, and switches them while the program runs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from nexus_studio.core.settings import UI_LANGUAGE
from nexus_studio.ui.kit.resources import resource

# Each language by its own name, so that people find theirs in any.
LANGUAGES = {"en": "English", "fr": "Français"}
SOURCE = "en"


def resolved(choice: str) -> str:
    """Turn "system" into the first of the system's languages that we speak; English when we speak none."""
    if choice != "system":
        return choice
    for wanted in QLocale.system().uiLanguages():
        language = wanted.replace("_", "-").partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return SOURCE


class Languages(QObject):
    """The language of the application. Qt tells every widget by LanguageChange when it is another."""

    changed = Signal(str)  # "en" or "fr"

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self._app = app
        self._installed: list[QTranslator] = []
        self._ours = b""
        self.current = SOURCE

    def apply(self, choice: str) -> None:
        """Speak "en", "fr" or the system's language from now on; dates and numbers follow.

        Raises:
            ValueError: for another word.
        """
        language = resolved(UI_LANGUAGE.check(choice))
        QLocale.setDefault(_locale(language))
        for translator in self._installed:
            self._app.removeTranslator(translator)
        self._installed.clear()
        qts = QTranslator(self)
        if qts.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._install(qts)
        # Read, not left to Qt, which maps the file: one that is written anew beside us would end the process (SIGBUS).
        # Qt copies nothing: the bytes must live as long as it speaks from them.
        file = resource("translations", f"nexus_studio_{language}.qm")
        self._ours = file.read_bytes() if file.is_file() else b""
        ours = QTranslator(self)
        if ours.load(self._ours):
            self._install(ours)
        self.current = language
        self.changed.emit(language)

    def _install(self, translator: QTranslator) -> None:
        self._app.installTranslator(translator)
        self._installed.append(translator)


def _locale(language: str) -> QLocale:
    """Keep the system's country where it speaks the language: a Belgian's French stays Belgian."""
    system = QLocale.system()
    return system if system.name().startswith(f"{language}_") else QLocale(language)
