"""The connection dialog: paste a URL or fill in the fields; and the question for a password."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRegularExpression, Qt, Signal
from PySide6.QtGui import QIntValidator, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.errors import InvalidUrl
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.urls import looks_like_production, profile_from_url
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.shell.doors import Target

_VERSION = QRegularExpression(r"\d{1,4}(\.\d{1,4}(\.\d{1,4})?)?")
_PORT_WIDTH = 90  # pixels
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def warning_text(code: str, parameter: str) -> str:
    """Say what became of a URL parameter."""
    del code  # one sentence serves: the parameter was understood as nothing PostgreSQL knows
    return QCoreApplication.translate("ConnectDialog", "“{parameter}” has no meaning here and was left out.").format(
        parameter=parameter
    )


class ConnectDialog(QDialog):
    """Make or change a connection. The URL field fills the others; the others stay the truth."""

    chosen = Signal(object, bool, bool)  # Target, save as a profile, remember the password

    def __init__(self, parent: QWidget | None = None, target: Target | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connect_dialog")
        self.setWindowTitle(self.tr("Connection"))
        self.setMinimumWidth(520)
        self._base = target.profile if target else ConnectionProfile("", host="localhost", user="postgres")
        self._make_fields()
        self._arrange()
        self._show(self._base, (target.secret or "") if target else "")
        self._url.textChanged.connect(self._read_url)
        self._database.textChanged.connect(self._check)
        self._check()
        self._url.setFocus()

    def target(self) -> Target:
        """Return what the fields say."""
        libpq = tuple((name, value) for name, value in self._base.libpq if name != "sslmode")
        if mode := self._sslmode.currentData():
            libpq += (("sslmode", mode),)
        profile = replace(
            self._base,
            name=self._name.text().strip() or self._database.text().strip(),
            host=self._host.text().strip(),
            port=int(self._port.text()) if self._port.hasAcceptableInput() else self._base.port,
            database=self._database.text().strip(),
            user=self._user.text().strip(),
            environment=self._environment.currentData(),
            read_only=self._read_only.isChecked(),
            masking=self._masking.isChecked(),
            requires_reason=self._requires_reason.isChecked(),
            fills_updated_at=self._fills_updated_at.isChecked(),
            role=self._role.text().strip() or None,
            schema=self._schema.text().strip() or "public",
            time_zone=self._time_zone.text().strip(),
            project=Path(self._project.text().strip()) if self._project.text().strip() else None,
            python=Path(self._python.text().strip()) if self._python.text().strip() else None,
            prisma_version=self._prisma_version.text().strip(),
            health_url=self._health.text().strip(),
            libpq=libpq,
        )
        return Target(profile, self._password.text() or None, source="dialog")

    def accept(self) -> None:
        """Hand the target over and close."""
        self.chosen.emit(self.target(), self._save.isChecked(), self._remember.isChecked())
        super().accept()

    def _make_fields(self) -> None:
        self._url = _line("connect.url", self.tr("Database URL"), self)
        self._url.setPlaceholderText("postgresql://postgres@localhost:5434/nexus_dev")
        self._message = QLabel(self)
        self._message.setObjectName("connect.message")
        self._message.setWordWrap(True)
        self._message.setProperty("muted", True)
        self._name = _line("connect.name", self.tr("Name"), self)
        self._host = _line("connect.host", self.tr("Host or socket folder"), self)
        self._port = _line("connect.port", self.tr("Port"), self)
        self._port.setValidator(QIntValidator(1, 65535, self._port))
        self._database = _line("connect.database", self.tr("Database"), self)
        self._user = _line("connect.user", self.tr("User"), self)
        self._password = _line("connect.password", self.tr("Password"), self)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._environment = QComboBox(self)
        self._environment.setObjectName("connect.environment")
        self._environment.setAccessibleName(self.tr("Environment"))
        for environment in Environment:
            self._environment.addItem(environment_name(environment), environment)
        self._sslmode = QComboBox(self)
        self._sslmode.setObjectName("connect.sslmode")
        self._sslmode.setAccessibleName(self.tr("TLS mode"))
        self._sslmode.addItem(self.tr("as libpq decides"), "")
        for mode in _SSL_MODES:
            self._sslmode.addItem(mode, mode)
        self._role = _line("connect.role", self.tr("Role"), self)
        self._role.setPlaceholderText(self.tr("SET ROLE after connecting"))
        self._schema = _line("connect.schema", self.tr("Schema"), self)
        self._time_zone = _line("connect.time_zone", self.tr("Time zone"), self)
        self._time_zone.setPlaceholderText(self.tr("the server's"))
        self._project = _line("connect.project", self.tr("Project folder"), self)
        self._project.setPlaceholderText(self.tr("where alembic.ini or prisma/, and .env stand"))
        browse = self._project.addAction(icon("folder"), QLineEdit.ActionPosition.TrailingPosition)
        browse.setToolTip(self.tr("Choose a folder…"))
        browse.triggered.connect(self._choose_project)
        self._python = _line("connect.python", self.tr("Python of the project"), self)
        self._python.setPlaceholderText(self.tr("found in its .venv; runs its migrations"))
        choose = self._python.addAction(icon("folder"), QLineEdit.ActionPosition.TrailingPosition)
        choose.setToolTip(self.tr("Choose a file…"))
        choose.triggered.connect(self._choose_python)
        self._prisma_version = _line("connect.prisma_version", self.tr("Prisma's version"), self)
        self._prisma_version.setPlaceholderText(self.tr("that of the project; such as 6.19.3, of a Prisma project"))
        self._prisma_version.setValidator(QRegularExpressionValidator(_VERSION, self._prisma_version))
        self._health = _line("connect.health", self.tr("Health URL"), self)
        self._health.setPlaceholderText(self.tr("where the application answers, such as https://…/api/health"))
        self._make_boxes()

    def _make_boxes(self) -> None:
        self._read_only = self._box("connect.read_only", self.tr("Read-only: the server refuses every change"))
        self._masking = self._box("connect.masking", self.tr("Mask personal data"))
        self._requires_reason = self._box("connect.requires_reason", self.tr("Ask for a reason with each save"))
        self._fills_updated_at = self._box(
            "connect.fills_updated_at", self.tr("Set updatedAt to now when a row is edited")
        )
        self._fills_updated_at.setToolTip(self.tr("Where the database itself does not fill it; staged with the edit"))
        self._save = self._box("connect.save", self.tr("Save this connection"))
        self._save.setChecked(True)
        self._remember = self._box("connect.remember", self.tr("Keep the password in the system keyring"))

    def _box(self, name: str, text: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        box.setAccessibleName(text)
        return box

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("URL"), self._url),
            ("", self._message),
            (self.tr("Name"), self._name),
            (self.tr("Environment"), self._environment),
            (self.tr("Host"), self._server_line()),
            (self.tr("Database"), self._database),
            (self.tr("User"), self._user),
            (self.tr("Password"), self._password),
            (self.tr("TLS"), self._sslmode),
            (self.tr("Role"), self._role),
            (self.tr("Schema"), self._schema),
            (self.tr("Time zone"), self._time_zone),
            (self.tr("Project"), self._project),
            (self.tr("Python"), self._python),
            (self.tr("Prisma"), self._prisma_version),
            (self.tr("Health URL"), self._health),
        )
        for label, field in rows:
            form.addRow(label, field)
        for box in (
            self._read_only,
            self._masking,
            self._requires_reason,
            self._fills_updated_at,
            self._save,
            self._remember,
        ):
            form.addRow("", box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self._connect = QPushButton(self.tr("Connect"), self)
        self._connect.setObjectName("connect.ok")
        self._connect.setAccessibleName(self._connect.text())
        self._connect.setProperty("primary", True)
        self._connect.setDefault(True)
        buttons.addButton(self._connect, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def _server_line(self) -> QWidget:
        """Put host and port on one line: the dialog is high already."""
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._host, 1)
        label = QLabel(self.tr("Port"), line)
        label.setBuddy(self._port)
        row.addWidget(label)
        row.addWidget(self._port)
        self._port.setMaximumWidth(_PORT_WIDTH)
        return line

    def _show(self, profile: ConnectionProfile, secret: str) -> None:
        self._name.setText(profile.name)
        self._host.setText(profile.host)
        self._port.setText(str(profile.port))
        self._database.setText(profile.database)
        self._user.setText(profile.user)
        self._password.setText(secret)
        self._environment.setCurrentIndex(self._environment.findData(profile.environment))
        self._sslmode.setCurrentIndex(max(0, self._sslmode.findData(dict(profile.libpq).get("sslmode", ""))))
        self._role.setText(profile.role or "")
        self._schema.setText(profile.schema)
        self._time_zone.setText(profile.time_zone)
        self._project.setText(str(profile.project or ""))
        self._python.setText(str(profile.python or ""))
        self._prisma_version.setText(profile.prisma_version)
        self._health.setText(profile.health_url)
        self._read_only.setChecked(profile.read_only)
        self._masking.setChecked(profile.masking)
        self._requires_reason.setChecked(profile.requires_reason)
        self._fills_updated_at.setChecked(profile.fills_updated_at)

    def _read_url(self, text: str) -> None:
        if not text.strip():
            self._message.clear()
            return
        try:
            parsed = profile_from_url(text, name=self._name.text(), environment=self._environment.currentData())
        except InvalidUrl as error:
            self._message.setText(sentence(error).title)
            return
        self._base = replace(
            parsed.profile,
            prisma_version=self._prisma_version.text().strip(),
            health_url=self._health.text().strip(),
            requires_reason=self._requires_reason.isChecked(),
            fills_updated_at=self._fills_updated_at.isChecked(),
        )
        if looks_like_production(parsed.profile):
            self._environment.setCurrentIndex(self._environment.findData(Environment.PRODUCTION))
            self._base = replace(self._base, environment=Environment.PRODUCTION)
        self._show(replace(self._base, read_only=self._read_only.isChecked()), parsed.secret or "")
        self._message.setText(" ".join(warning_text(warning.code, warning.parameter) for warning in parsed.warnings))

    def _choose_project(self) -> None:
        dialog = QFileDialog(self, self.tr("Project folder"), self._project.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._project.setText)
        dialog.open()

    def _choose_python(self) -> None:
        dialog = QFileDialog(self, self.tr("Python of the project"), self._python.text() or self._project.text())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._python.setText)
        dialog.open()

    def _check(self) -> None:
        is_enough = bool(self._database.text().strip()) or "service" in dict(self._base.libpq)
        self._connect.setEnabled(is_enough)
        self._connect.setToolTip("" if is_enough else self.tr("Name a database first"))


class PasswordDialog(QDialog):
    """Ask for the password of a connection."""

    def __init__(self, profile: ConnectionProfile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("password_dialog")
        self.setWindowTitle(self.tr("Password"))
        self._password = _line("password.field", self.tr("Password"), self)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.setFocus()
        self._remember = QCheckBox(self.tr("Keep it in the system keyring"), self)
        self._remember.setObjectName("password.remember")
        self._remember.setAccessibleName(self._remember.text())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        question = self.tr("Password of {user} for {place}:").format(user=profile.user or "?", place=profile.place)
        layout.addWidget(QLabel(question, self))
        layout.addWidget(self._password)
        layout.addWidget(self._remember)
        layout.addWidget(buttons)

    @property
    def secret(self) -> str:
        """What was typed."""
        return self._password.text()

    @property
    def is_to_be_remembered(self) -> bool:
        """Whether it shall go into the keyring."""
        return self._remember.isChecked()


def _line(name: str, accessible: str, parent: QWidget) -> QLineEdit:
    field = QLineEdit(parent)
    field.setObjectName(name)
    field.setAccessibleName(accessible)
    return field
