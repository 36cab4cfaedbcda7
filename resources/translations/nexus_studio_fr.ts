<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>ArrayEditor</name>
    <message>
        <source>Edit as a list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Elements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Elements, one a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One element a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set empty array</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BinaryEditor</name>
    <message>
        <source>Load…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading {file}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving {file}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load value from file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save value to file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BooleanEditor</name>
    <message>
        <source>true</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>false</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CalendarEditor</name>
    <message>
        <source>Calendar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calendar (F4)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With an offset such as +02:00; without one it is read in the connection&apos;s time zone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CellEditing</name>
    <message>
        <source>Reading the whole value</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CellEditor</name>
    <message>
        <source>Value of {column}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>empty text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other values (Alt+Down)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set NULL	Ctrl+0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set DEFAULT	Ctrl+Shift+0</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Type the database&apos;s name, {name}, to go on:</source>
        <translation>Pour continuer, saisissez le nom de la base, {name} :</translation>
    </message>
    <message>
        <source>Name of the database</source>
        <translation>Nom de la base de données</translation>
    </message>
</context>
<context>
    <name>ConflictDialog</name>
    <message>
        <source>Somebody else changed this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was saved. These rows are no longer as you saw them; decide whose values shall stand.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply decisions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The row was deleted by somebody else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theirs, now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop my change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take theirs, drop my change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep mine and save over theirs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>“{parameter}” has no meaning here and was left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Database URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Host or socket folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Database</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TLS mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SET ROLE after connecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Schema</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time zone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the server&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read-only: the server refuses every change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask personal data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save this connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the password in the system keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Host</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TLS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Copying</name>
    <message>
        <source>At most {most} rows are copied at a time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading rows to copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was pasted: {column} does not take one of the values.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some of the pasted cells lie outside the table and were left out.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DataPanel</name>
    <message numerus="yes">
        <source>%n row(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>about {number} rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at least {number} rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <comment>rows</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Unsaved changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) with changes that were not saved will be lost.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Discard changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick one on the left, or press Ctrl+K and type its name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open tables</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close {table}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Environment</name>
    <message>
        <source>Demo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Development</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CI</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Staging</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Production</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ErrorPage</name>
    <message>
        <source>PostgreSQL&apos;s own words</source>
        <translation>Message de PostgreSQL</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
</context>
<context>
    <name>IntervalEditor</name>
    <message>
        <source>For example: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>JsonEditor</name>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not JSON yet: line {line}, column {column}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Valid JSON</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message numerus="yes">
        <source>At most %n character(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Set empty text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit as several lines	Shift+Enter</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LongTextEditor</name>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n character(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Set empty text</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Reconnect</source>
        <translation type="unfinished">Se reconnecter</translation>
    </message>
    <message>
        <source>The connection is lost; your edits are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a project folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no system keyring here: the password will be asked for each time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation type="unfinished">Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Open a project folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation type="unfinished">Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>Edit this connection…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoticeStrip</name>
    <message numerus="yes">
        <source>%n more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%n autre</numerusform>
            <numerusform>%n autres</numerusform>
        </translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Show earlier notices</source>
        <translation>Afficher les messages précédents</translation>
    </message>
</context>
<context>
    <name>NumberEditor</name>
    <message>
        <source>Up to {digits} digits, {scale} of them after the point</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Go to table or action…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to table or action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matches</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PasswordDialog</name>
    <message>
        <source>Password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it in the system keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password of {user} for {place}:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordPane</name>
    <message>
        <source>empty text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No row selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fields of the row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Related</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReferenceEditor</name>
    <message>
        <source>Rows found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type a value, or part of a name to find it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RowBoard</name>
    <message>
        <source>Rows of {relation}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This table has no columns.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No rows yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No row matches the filter.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RowGrid</name>
    <message>
        <source>This column does not take NULL.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This column has no default.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RowLoader</name>
    <message>
        <source>Counting rows of {relation}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SchemaTree</name>
    <message>
        <source>Filter tables</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables and views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open in a new tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>partitioned table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>materialized view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>foreign table</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Stager</name>
    <message>
        <source>Reading whole values</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>○ connection lost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>● PostgreSQL {version}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>read-only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>read-write</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TablePage</name>
    <message>
        <source>Saving {table}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Saved %n row(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskChip</name>
    <message numerus="yes">
        <source>and %n more</source>
        <comment>further running tasks</comment>
        <translation>
            <numerusform>et %n autre</numerusform>
            <numerusform>et %n autres</numerusform>
        </translation>
    </message>
    <message>
        <source>{task}: stopping…</source>
        <translation>{task} : arrêt en cours…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stop this task</source>
        <translation>Arrêter cette tâche</translation>
    </message>
</context>
<context>
    <name>TimeEditor</name>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connection: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} · {environment}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to table or action…    Ctrl+K</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to table or action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UuidEditor</name>
    <message>
        <source>Generate</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message>
        <source>Connecting to {place}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished">Annuler</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Nexus Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A window on one PostgreSQL database: look, fix, and see exactly what is written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation type="unfinished">Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation type="unfinished">Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Open a project folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved connections</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;Save changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Review changes…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>D&amp;iscard changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Duplicate row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>De&amp;lete row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set to &amp;NULL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to &amp;row…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the row it &amp;points to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Forward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a &amp;table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Filter rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;fresh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Close tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to &amp;anything…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New connection…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open a project folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the &amp;demo database</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>D&amp;isconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>Message</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Détail</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>Conseil</translation>
    </message>
    <message>
        <source>Nothing listens at {host}:{port}</source>
        <translation>Aucun serveur n’écoute sur {host}:{port}</translation>
    </message>
    <message>
        <source>No PostgreSQL answers there. If it runs in Docker, start it with “docker compose up -d” in the project&apos;s folder; or work on the demo database.</source>
        <translation>Aucun PostgreSQL ne répond à cette adresse. S’il tourne dans Docker, lancez-le avec « docker compose up -d » dans le dossier du projet ; ou travaillez sur la base de démonstration.</translation>
    </message>
    <message>
        <source>No computer is called {host}</source>
        <translation>Aucune machine ne s’appelle {host}</translation>
    </message>
    <message>
        <source>Check the spelling of the host, and whether a VPN is needed to reach it.</source>
        <translation>Vérifiez l’orthographe de l’hôte, et s’il faut un VPN pour l’atteindre.</translation>
    </message>
    <message>
        <source>{host} does not answer</source>
        <translation>{host} ne répond pas</translation>
    </message>
    <message>
        <source>The password for “{user}” was refused</source>
        <translation>Le mot de passe de « {user} » a été refusé</translation>
    </message>
    <message>
        <source>Either the password is wrong or the role does not exist on this server.</source>
        <translation>Le mot de passe est erroné, ou le rôle n’existe pas sur ce serveur.</translation>
    </message>
    <message>
        <source>A password is needed for “{user}”</source>
        <translation>Un mot de passe est requis pour « {user} »</translation>
    </message>
    <message>
        <source>The server asks for one and none is known.</source>
        <translation>Le serveur en demande un et aucun n’est connu.</translation>
    </message>
    <message>
        <source>There is no database “{database}” on this server</source>
        <translation>La base « {database} » n’existe pas sur ce serveur</translation>
    </message>
    <message>
        <source>The server answers, so host, port and password are right.</source>
        <translation>Le serveur répond : l’hôte, le port et le mot de passe sont donc corrects.</translation>
    </message>
    <message>
        <source>There is no role “{user}” on this server</source>
        <translation>Le rôle « {user} » n’existe pas sur ce serveur</translation>
    </message>
    <message>
        <source>An administrator can create it with CREATE ROLE … LOGIN.</source>
        <translation>Un administrateur peut le créer avec CREATE ROLE … LOGIN.</translation>
    </message>
    <message>
        <source>You may not act as the role “{role}”</source>
        <translation>Vous ne pouvez pas agir sous le rôle « {role} »</translation>
    </message>
    <message>
        <source>The connection works, but SET ROLE was refused. Leave the role empty or have it granted.</source>
        <translation>La connexion fonctionne, mais SET ROLE a été refusé. Laissez le rôle vide ou faites-vous l’accorder.</translation>
    </message>
    <message>
        <source>The server offers no encryption</source>
        <translation>Le serveur ne propose pas de chiffrement</translation>
    </message>
    <message>
        <source>This connection demands TLS (sslmode). On a network you trust, “prefer” will do.</source>
        <translation>Cette connexion exige TLS (sslmode). Sur un réseau de confiance, « prefer » suffit.</translation>
    </message>
    <message>
        <source>The server demands encryption</source>
        <translation>Le serveur exige une connexion chiffrée</translation>
    </message>
    <message>
        <source>Set sslmode to “require” or stricter.</source>
        <translation>Réglez sslmode sur « require » ou plus strict.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate can&apos;t be trusted</source>
        <translation>Le certificat du serveur n’est pas digne de confiance</translation>
    </message>
    <message>
        <source>It is expired, made for another host, or signed by an authority that sslrootcert does not know.</source>
        <translation>Il a expiré, a été établi pour un autre hôte, ou est signé par une autorité que sslrootcert ne connaît pas.</translation>
    </message>
    <message>
        <source>{port_owner} (process {port_owner_pid}) listens on port {port}.</source>
        <translation>{port_owner} (processus {port_owner_pid}) écoute sur le port {port}.</translation>
    </message>
    <message>
        <source>Nothing came back in time. The computer may be off, or a firewall drops connections to port {port}.</source>
        <translation>Aucune réponse dans le délai imparti. La machine est peut-être éteinte, ou un pare-feu bloque le port {port}.</translation>
    </message>
    <message>
        <source>The server does not let you in</source>
        <translation>Le serveur vous refuse l’accès</translation>
    </message>
    <message>
        <source>Its rules (pg_hba.conf, privileges) don&apos;t admit this user, host and database.</source>
        <translation>Ses règles (pg_hba.conf, privilèges) n’admettent pas cet utilisateur, cet hôte et cette base.</translation>
    </message>
    <message>
        <source>PostgreSQL {version} is too old</source>
        <translation>PostgreSQL {version} est trop ancien</translation>
    </message>
    <message>
        <source>Nexus Studio needs PostgreSQL 12 or later.</source>
        <translation>Nexus Studio requiert PostgreSQL 12 ou plus récent.</translation>
    </message>
    <message>
        <source>The server has no free connection</source>
        <translation>Le serveur n’a plus de connexion libre</translation>
    </message>
    <message>
        <source>Its limit (max_connections, or that of the role or database) is reached.</source>
        <translation>Sa limite (max_connections, ou celle du rôle ou de la base) est atteinte.</translation>
    </message>
    <message>
        <source>The server is not ready yet</source>
        <translation>Le serveur n’est pas encore prêt</translation>
    </message>
    <message>
        <source>It is starting, stopping or recovering. This usually takes a few seconds.</source>
        <translation>Il démarre, s’arrête ou se rétablit. Cela dure en général quelques secondes.</translation>
    </message>
    <message>
        <source>Something else answers at {host}:{port}</source>
        <translation>Autre chose répond sur {host}:{port}</translation>
    </message>
    <message>
        <source>What listens there does not speak PostgreSQL&apos;s protocol. Is the port right?</source>
        <translation>Ce qui écoute là ne parle pas le protocole de PostgreSQL. Le port est-il le bon ?</translation>
    </message>
    <message>
        <source>The service is not defined</source>
        <translation>Le service n’est pas défini</translation>
    </message>
    <message>
        <source>No pg_service.conf has a section of this name.</source>
        <translation>Aucun fichier pg_service.conf n’a de section de ce nom.</translation>
    </message>
    <message>
        <source>Asked for: {service}.</source>
        <translation>Demandé : {service}.</translation>
    </message>
    <message>
        <source>The connection failed</source>
        <translation>La connexion a échoué</translation>
    </message>
    <message>
        <source>The server or the driver gave this reason:</source>
        <translation>Le serveur ou le pilote donne cette raison :</translation>
    </message>
    <message>
        <source>The connection was lost</source>
        <translation>La connexion a été perdue</translation>
    </message>
    <message>
        <source>Your staged changes are kept and can be saved once you are connected again.</source>
        <translation>Vos modifications en attente sont conservées et pourront être enregistrées une fois la connexion rétablie.</translation>
    </message>
    <message>
        <source>It is empty.</source>
        <translation>Elle est vide.</translation>
    </message>
    <message>
        <source>It does not begin with postgresql:// or postgres://.</source>
        <translation>Elle ne commence pas par postgresql:// ou postgres://.</translation>
    </message>
    <message>
        <source>It still holds a placeholder that nobody filled in.</source>
        <translation>Elle contient encore un emplacement qui n’a pas été rempli.</translation>
    </message>
    <message>
        <source>The port is not a number between 1 and 65535.</source>
        <translation>Le port n’est pas un nombre entre 1 et 65535.</translation>
    </message>
    <message>
        <source>The part “{part}” holds characters that are wrongly percent-encoded.</source>
        <translation>La partie « {part} » contient des caractères mal encodés en pourcent.</translation>
    </message>
    <message>
        <source>The password holds / ? # or @, which must be percent-encoded.</source>
        <translation>Le mot de passe contient / ? # ou @, qui doivent être encodés en pourcent.</translation>
    </message>
    <message>
        <source>The part “{part}” is malformed.</source>
        <translation>La partie « {part} » est mal formée.</translation>
    </message>
    <message>
        <source>The value of “{part}” is not one that PostgreSQL knows.</source>
        <translation>PostgreSQL ne connaît pas cette valeur de « {part} ».</translation>
    </message>
    <message>
        <source>It has no pg_hba.conf entry for them.</source>
        <translation>Aucune ligne de pg_hba.conf ne leur correspond.</translation>
    </message>
    <message>
        <source>The role exists but has no right to log in.</source>
        <translation>Le rôle existe mais n’a pas le droit de se connecter.</translation>
    </message>
    <message>
        <source>The role lacks the privilege CONNECT on the database.</source>
        <translation>Il manque au rôle le privilège CONNECT sur la base.</translation>
    </message>
    <message>
        <source>The server asks for another way of proving who you are.</source>
        <translation>Le serveur demande un autre moyen de vous authentifier.</translation>
    </message>
    <message>
        <source>Not even the connection itself came about.</source>
        <translation>La connexion elle-même n’a pas pu s’établir.</translation>
    </message>
    <message>
        <source>The connection came about, but the server said nothing.</source>
        <translation>La connexion s’est établie, mais le serveur n’a rien dit.</translation>
    </message>
    <message>
        <source>The line was closed at once.</source>
        <translation>La ligne a été coupée aussitôt.</translation>
    </message>
    <message>
        <source>There is no way through the network to it.</source>
        <translation>Aucun chemin du réseau n’y mène.</translation>
    </message>
    <message>
        <source>It was not ready in time.</source>
        <translation>Il n’a pas été prêt à temps.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be written to.</source>
        <translation>Le dossier n’est pas accessible en écriture.</translation>
    </message>
    <message>
        <source>The data was made by PostgreSQL {version}; this installation brings {bundled}.</source>
        <translation>Les données ont été créées par PostgreSQL {version} ; cette installation fournit {bundled}.</translation>
    </message>
    <message>
        <source>The folder holds other files.</source>
        <translation>Le dossier contient d’autres fichiers.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Le disque est plein.</translation>
    </message>
    <message>
        <source>Another program is just starting or stopping it.</source>
        <translation>Un autre programme est en train de le démarrer ou de l’arrêter.</translation>
    </message>
    <message>
        <source>Its data could not be prepared.</source>
        <translation>Ses données n’ont pas pu être préparées.</translation>
    </message>
    <message>
        <source>Its own words are below.</source>
        <translation>Voici ce qu’il en dit.</translation>
    </message>
    <message>
        <source>It could not be stopped.</source>
        <translation>Il n’a pas pu être arrêté.</translation>
    </message>
    <message>
        <source>Text can&apos;t hold the character NUL.</source>
        <translation>Un texte ne peut pas contenir le caractère NUL.</translation>
    </message>
    <message>
        <source>It holds half a character.</source>
        <translation>Il contient une moitié de caractère.</translation>
    </message>
    <message>
        <source>It may have at most {length} characters.</source>
        <translation>Au plus {length} caractères sont permis.</translation>
    </message>
    <message>
        <source>This is not a whole number.</source>
        <translation>Ce n’est pas un nombre entier.</translation>
    </message>
    <message>
        <source>It must lie between {low} and {high}.</source>
        <translation>La valeur doit être comprise entre {low} et {high}.</translation>
    </message>
    <message>
        <source>This is not a number.</source>
        <translation>Ce n’est pas un nombre.</translation>
    </message>
    <message>
        <source>Only {precision} digits fit, {scale} of them after the point.</source>
        <translation>Au plus {precision} chiffres, dont {scale} après la virgule.</translation>
    </message>
    <message>
        <source>This is neither true nor false.</source>
        <translation>Ce n’est ni vrai ni faux.</translation>
    </message>
    <message>
        <source>This is not a UUID.</source>
        <translation>Ce n’est pas un UUID.</translation>
    </message>
    <message>
        <source>The type has no such value.</source>
        <translation>Le type n’a pas cette valeur.</translation>
    </message>
    <message>
        <source>This is not valid JSON.</source>
        <translation>Ce n’est pas du JSON valide.</translation>
    </message>
    <message>
        <source>This is not a date.</source>
        <translation>Ce n’est pas une date.</translation>
    </message>
    <message>
        <source>This is not a time of day.</source>
        <translation>Ce n’est pas une heure.</translation>
    </message>
    <message>
        <source>This is not a date with a time.</source>
        <translation>Ce n’est pas une date avec une heure.</translation>
    </message>
    <message>
        <source>These are not pairs of hexadecimal digits.</source>
        <translation>Ce ne sont pas des paires de chiffres hexadécimaux.</translation>
    </message>
    <message>
        <source>This is not an array.</source>
        <translation>Ce n’est pas un tableau.</translation>
    </message>
    <message>
        <source>This is not a range.</source>
        <translation>Ce n’est pas un intervalle de valeurs.</translation>
    </message>
    <message>
        <source>This is not a network address.</source>
        <translation>Ce n’est pas une adresse réseau.</translation>
    </message>
    <message>
        <source>Something did not work</source>
        <translation>Quelque chose n’a pas fonctionné</translation>
    </message>
    <message>
        <source>Nexus Studio has no words of its own for this ({code}).</source>
        <translation>Nexus Studio n’a pas d’explication pour cette erreur ({code}).</translation>
    </message>
    <message>
        <source>This can&apos;t be done</source>
        <translation>C’est impossible</translation>
    </message>
    <message>
        <source>Nexus Studio made a mistake</source>
        <translation>Nexus Studio a commis une erreur</translation>
    </message>
    <message>
        <source>Your data was not touched by this. Please report it with the details.</source>
        <translation>Vos données n’ont pas été touchées. Merci de signaler cette erreur avec les détails.</translation>
    </message>
    <message>
        <source>This piece of work was given up. Please report it with the details.</source>
        <translation>Cette opération a été abandonnée. Merci de signaler cette erreur avec les détails.</translation>
    </message>
    <message>
        <source>The database driver made a mistake</source>
        <translation>Le pilote de la base a commis une erreur</translation>
    </message>
    <message>
        <source>The server does not permit this</source>
        <translation>Le serveur ne le permet pas</translation>
    </message>
    <message>
        <source>The role you are connected as lacks the privilege. Its owner can GRANT it.</source>
        <translation>Le privilège manque au rôle sous lequel vous êtes connecté. Le propriétaire peut l’accorder avec GRANT.</translation>
    </message>
    <message>
        <source>This session only reads</source>
        <translation>Cette session est en lecture seule</translation>
    </message>
    <message>
        <source>The server refuses to write in a read-only transaction.</source>
        <translation>Le serveur refuse d’écrire dans une transaction en lecture seule.</translation>
    </message>
    <message>
        <source>Not allowed here</source>
        <translation>Interdit ici</translation>
    </message>
    <message>
        <source>The settings of this connection don&apos;t allow it.</source>
        <translation>Les réglages de cette connexion ne l’autorisent pas.</translation>
    </message>
    <message>
        <source>This connection only reads</source>
        <translation>Cette connexion est en lecture seule</translation>
    </message>
    <message>
        <source>It was opened read-only, so nothing can be changed by accident.</source>
        <translation>Elle a été ouverte en lecture seule pour que rien ne soit modifié par accident.</translation>
    </message>
    <message>
        <source>Not allowed in this environment</source>
        <translation>Interdit dans cet environnement</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”, where this is switched off for safety.</source>
        <translation>Cette connexion est marquée « {environment} » ; cette action y est désactivée par sécurité.</translation>
    </message>
    <message>
        <source>The server took too long</source>
        <translation>Le serveur a mis trop de temps</translation>
    </message>
    <message>
        <source>The statement was stopped when its time was up. Nothing was changed.</source>
        <translation>L’instruction a été arrêtée à la fin du délai. Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>Somebody else holds the lock</source>
        <translation>Le verrou est détenu par quelqu’un d’autre</translation>
    </message>
    <message>
        <source>Another session is working on the same rows or table. Nothing was changed.</source>
        <translation>Une autre session travaille sur les mêmes lignes ou la même table. Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>All connections are busy</source>
        <translation>Toutes les connexions sont occupées</translation>
    </message>
    <message>
        <source>Other work of this window still runs. Stop something or wait a moment.</source>
        <translation>D’autres tâches de cette fenêtre sont en cours. Arrêtez-en une ou patientez un instant.</translation>
    </message>
    <message>
        <source>{tool} was not found</source>
        <translation>{tool} est introuvable</translation>
    </message>
    <message>
        <source>Install PostgreSQL&apos;s client programs so that {tool} is on the PATH.</source>
        <translation>Installez les programmes clients de PostgreSQL pour que {tool} soit dans le PATH.</translation>
    </message>
    <message>
        <source>No such table</source>
        <translation>Cette table n’existe pas</translation>
    </message>
    <message>
        <source>It may have been renamed or dropped since the list of tables was read.</source>
        <translation>Elle a peut-être été renommée ou supprimée depuis la lecture de la liste des tables.</translation>
    </message>
    <message>
        <source>Asked for: {relation}.</source>
        <translation>Demandée : {relation}.</translation>
    </message>
    <message>
        <source>No such column</source>
        <translation>Cette colonne n’existe pas</translation>
    </message>
    <message>
        <source>It may have been renamed or dropped since the table was read.</source>
        <translation>Elle a peut-être été renommée ou supprimée depuis la lecture de la table.</translation>
    </message>
    <message>
        <source>Asked for: {column}.</source>
        <translation>Demandée : {column}.</translation>
    </message>
    <message>
        <source>This database URL can&apos;t be understood</source>
        <translation>Cette URL de base de données est incompréhensible</translation>
    </message>
    <message>
        <source>It should look like postgresql://user:password@host:5432/database.</source>
        <translation>Elle devrait ressembler à postgresql://utilisateur:motdepasse@hote:5432/base.</translation>
    </message>
    <message>
        <source>The parameter “{parameter}” is unknown and not used.</source>
        <translation>Le paramètre « {parameter} » est inconnu et n’est pas utilisé.</translation>
    </message>
    <message>
        <source>The parameter “{parameter}” means nothing to PostgreSQL and is not used.</source>
        <translation>Le paramètre « {parameter} » n’a pas de sens pour PostgreSQL et n’est pas utilisé.</translation>
    </message>
    <message>
        <source>The value of the parameter “{parameter}” can&apos;t be used and is left out.</source>
        <translation>La valeur du paramètre « {parameter} » est inutilisable et ignorée.</translation>
    </message>
    <message>
        <source>The secret in “{parameter}” is used now but never saved in a file.</source>
        <translation>Le secret de « {parameter} » est utilisé maintenant, mais jamais enregistré dans un fichier.</translation>
    </message>
    <message>
        <source>This connection can&apos;t be used</source>
        <translation>Cette connexion est inutilisable</translation>
    </message>
    <message>
        <source>Something in its saved settings is missing or wrong.</source>
        <translation>Un de ses réglages enregistrés manque ou est erroné.</translation>
    </message>
    <message>
        <source>Connection: {name}.</source>
        <translation>Connexion : {name}.</translation>
    </message>
    <message>
        <source>Setting: {field}.</source>
        <translation>Réglage : {field}.</translation>
    </message>
    <message>
        <source>A connection can&apos;t be named “{name}”</source>
        <translation>Une connexion ne peut pas s’appeler « {name} »</translation>
    </message>
    <message>
        <source>The name is empty or another connection has it.</source>
        <translation>Le nom est vide ou déjà pris par une autre connexion.</translation>
    </message>
    <message>
        <source>The saved connections can&apos;t be read</source>
        <translation>Les connexions enregistrées ne peuvent pas être lues</translation>
    </message>
    <message>
        <source>Check the file&apos;s permissions: {file}</source>
        <translation>Vérifiez les droits du fichier : {file}</translation>
    </message>
    <message>
        <source>The saved connections can&apos;t be understood</source>
        <translation>Les connexions enregistrées sont incompréhensibles</translation>
    </message>
    <message>
        <source>Mend line {line} of {file}, or move the file away. It is left as it is.</source>
        <translation>Corrigez la ligne {line} de {file}, ou déplacez ce fichier. Il est laissé tel quel.</translation>
    </message>
    <message>
        <source>A connection named “{name}” exists already</source>
        <translation>Une connexion nommée « {name} » existe déjà</translation>
    </message>
    <message>
        <source>Choose another name, or remove the other one first.</source>
        <translation>Choisissez un autre nom, ou supprimez d’abord l’autre.</translation>
    </message>
    <message>
        <source>“{file}” is too large</source>
        <translation>« {file} » est trop volumineux</translation>
    </message>
    <message>
        <source>A cell of PostgreSQL can&apos;t hold it.</source>
        <translation>Une cellule de PostgreSQL ne peut pas le contenir.</translation>
    </message>
    <message>
        <source>“{file}” can&apos;t be read</source>
        <translation>« {file} » ne peut pas être lu</translation>
    </message>
    <message>
        <source>“{file}” can&apos;t be written</source>
        <translation>« {file} » ne peut pas être écrit</translation>
    </message>
    <message>
        <source>No DATABASE_URL in this folder</source>
        <translation>Pas de DATABASE_URL dans ce dossier</translation>
    </message>
    <message>
        <source>“{folder}” has no .env file that names a database.</source>
        <translation>« {folder} » n’a pas de fichier .env qui désigne une base de données.</translation>
    </message>
    <message>
        <source>This filter can&apos;t be applied</source>
        <translation>Ce filtre ne peut pas être appliqué</translation>
    </message>
    <message>
        <source>It concerns the column “{column}”.</source>
        <translation>Cela concerne la colonne « {column} ».</translation>
    </message>
    <message>
        <source>This value does not fit</source>
        <translation>Cette valeur ne convient pas</translation>
    </message>
    <message>
        <source>The column&apos;s type refuses it. Nothing was written.</source>
        <translation>Le type de la colonne la refuse. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>The table&apos;s rules refuse this</source>
        <translation>Les règles de la table s’y opposent</translation>
    </message>
    <message>
        <source>Nothing was written. Rule: {constraint}.</source>
        <translation>Rien n’a été écrit. Règle : {constraint}.</translation>
    </message>
    <message>
        <source>This value exists already</source>
        <translation>Cette valeur existe déjà</translation>
    </message>
    <message>
        <source>Two rows of “{table}” can&apos;t share it. Nothing was written. Rule: {constraint}.</source>
        <translation>Deux lignes de « {table} » ne peuvent pas la partager. Rien n’a été écrit. Règle : {constraint}.</translation>
    </message>
    <message>
        <source>A link to another table would break</source>
        <translation>Un lien vers une autre table serait rompu</translation>
    </message>
    <message>
        <source>The row it points to does not exist, or other rows still point here. Nothing was written. Rule: {constraint}.</source>
        <translation>La ligne visée n’existe pas, ou d’autres lignes pointent encore vers celle-ci. Rien n’a été écrit. Règle : {constraint}.</translation>
    </message>
    <message>
        <source>A check of the table refuses this</source>
        <translation>Un contrôle de la table s’y oppose</translation>
    </message>
    <message>
        <source>A value is missing</source>
        <translation>Il manque une valeur</translation>
    </message>
    <message>
        <source>The column “{column}” can&apos;t be NULL. Nothing was written.</source>
        <translation>La colonne « {column} » ne peut pas être NULL. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>This overlaps with another row</source>
        <translation>Cela chevauche une autre ligne</translation>
    </message>
    <message>
        <source>Somebody changed this row meanwhile</source>
        <translation>Quelqu’un a modifié cette ligne entre-temps</translation>
    </message>
    <message>
        <source>Nothing was written. Compare both versions and choose.</source>
        <translation>Rien n’a été écrit. Comparez les deux versions et choisissez.</translation>
    </message>
    <message>
        <source>This row is gone</source>
        <translation>Cette ligne a disparu</translation>
    </message>
    <message>
        <source>Somebody deleted it, or changed its key, since it was read. Nothing was written.</source>
        <translation>Quelqu’un l’a supprimée, ou en a changé la clé, depuis sa lecture. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Migrations can&apos;t run now</source>
        <translation>Les migrations ne peuvent pas être exécutées maintenant</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>The seed did not run</source>
        <translation>Les données initiales n’ont pas été insérées</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”.</source>
        <translation>Cette connexion est marquée « {environment} ».</translation>
    </message>
    <message>
        <source>The filter names a column that is not there</source>
        <translation>Le filtre désigne une colonne absente</translation>
    </message>
    <message>
        <source>“{column}” may have been renamed or dropped.</source>
        <translation>« {column} » a peut-être été renommée ou supprimée.</translation>
    </message>
    <message>
        <source>This comparison does not fit the column</source>
        <translation>Cette comparaison ne convient pas à la colonne</translation>
    </message>
    <message>
        <source>“{column}” can&apos;t be compared that way.</source>
        <translation>« {column} » ne peut pas être comparée ainsi.</translation>
    </message>
    <message>
        <source>The filter lacks a value</source>
        <translation>Il manque une valeur au filtre</translation>
    </message>
    <message>
        <source>The comparison of “{column}” needs another number of values.</source>
        <translation>La comparaison de « {column} » demande un autre nombre de valeurs.</translation>
    </message>
    <message>
        <source>These rows can&apos;t be sorted that way</source>
        <translation>Ces lignes ne peuvent pas être triées ainsi</translation>
    </message>
    <message>
        <source>PostgreSQL has no order for the type of “{column}”.</source>
        <translation>PostgreSQL n’a pas d’ordre pour le type de « {column} ».</translation>
    </message>
    <message>
        <source>The migrations failed</source>
        <translation>Les migrations ont échoué</translation>
    </message>
    <message>
        <source>Nothing was changed: they run together or not at all.</source>
        <translation>Rien n’a été modifié : elles s’exécutent toutes ou pas du tout.</translation>
    </message>
    <message>
        <source>The migrations were not found</source>
        <translation>Les migrations sont introuvables</translation>
    </message>
    <message>
        <source>This installation of Nexus Studio is incomplete.</source>
        <translation>Cette installation de Nexus Studio est incomplète.</translation>
    </message>
    <message>
        <source>Prisma manages this database&apos;s migrations</source>
        <translation>Prisma gère les migrations de cette base</translation>
    </message>
    <message>
        <source>Apply them with Prisma.</source>
        <translation>Appliquez-les avec Prisma.</translation>
    </message>
    <message>
        <source>No migrations are recorded in this database</source>
        <translation>Aucune migration n’est consignée dans cette base</translation>
    </message>
    <message>
        <source>It has tables that these migrations did not make.</source>
        <translation>Elle contient des tables que ces migrations n’ont pas créées.</translation>
    </message>
    <message>
        <source>The database is at a revision that this project does not know</source>
        <translation>La base est à une révision que ce projet ne connaît pas</translation>
    </message>
    <message>
        <source>It was probably migrated from a newer or another project.</source>
        <translation>Elle a probablement été migrée depuis un projet plus récent ou un autre projet.</translation>
    </message>
    <message>
        <source>There is no saved connection “{name}”</source>
        <translation>Il n’y a pas de connexion enregistrée « {name} »</translation>
    </message>
    <message>
        <source>There is no seed “{seed}”</source>
        <translation>Il n’y a pas de jeu de données initiales « {seed} »</translation>
    </message>
    <message>
        <source>The scale of the seed must be 1 or more</source>
        <translation>L’échelle des données initiales doit être d’au moins 1</translation>
    </message>
    <message>
        <source>Seeds don&apos;t run here</source>
        <translation>Les données initiales ne s’insèrent pas ici</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”, where seeding is switched off.</source>
        <translation>Cette connexion est marquée « {environment} » ; l’insertion de données initiales y est désactivée.</translation>
    </message>
    <message>
        <source>No database is open</source>
        <translation>Aucune base n’est ouverte</translation>
    </message>
    <message>
        <source>PostgreSQL refused this</source>
        <translation>PostgreSQL a refusé</translation>
    </message>
    <message>
        <source>The demo&apos;s PostgreSQL did not start</source>
        <translation>Le PostgreSQL de démonstration n’a pas démarré</translation>
    </message>
    <message>
        <source>Its data is in {data_dir}.</source>
        <translation>Ses données sont dans {data_dir}.</translation>
    </message>
</context>
<context>
    <name>grid</name>
    <message>
        <source>empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit	Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the row it points to	Alt+Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy	Ctrl+C</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy with headers	Ctrl+Shift+C</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste	Ctrl+V</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set NULL	Ctrl+0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set DEFAULT	Ctrl+Shift+0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New row	Insert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate row	Ctrl+D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Don&apos;t delete row	Ctrl+Del</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete row	Ctrl+Del</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take back changes of this row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort ascending</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort descending</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Don&apos;t sort</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit width to content</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all columns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by this value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exclude this value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of the row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default: made by the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points to {table} ({columns})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>locks</name>
    <message>
        <source>This connection is read-only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PostgreSQL can&apos;t write through this view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A materialized view only changes when it is refreshed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This foreign table can&apos;t be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This table has no columns.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your role may not change rows of this table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows of this table can&apos;t be told apart: it has no key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PostgreSQL computes this column itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PostgreSQL always numbers this column itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your role may not change this column.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your role may not add rows to this table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your role may not delete rows of this table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This row is going to be deleted. Undo that first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>menus</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Fichier</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Édition</translation>
    </message>
    <message>
        <source>&amp;Rows</source>
        <translation>&amp;Lignes</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Affichage</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>A&amp;ller à</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>Ai&amp;de</translation>
    </message>
</context>
<context>
    <name>panels</name>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>progress</name>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>Working…</source>
        <translation>En cours…</translation>
    </message>
    <message>
        <source>Starting the demo&apos;s PostgreSQL</source>
        <translation>Démarrage du PostgreSQL de démonstration</translation>
    </message>
    <message>
        <source>Creating the demo database</source>
        <translation>Création de la base de démonstration</translation>
    </message>
    <message>
        <source>Creating the demo&apos;s tables</source>
        <translation>Création des tables de démonstration</translation>
    </message>
    <message>
        <source>Filling in the demo data</source>
        <translation>Insertion des données de démonstration</translation>
    </message>
    <message>
        <source>Preparing PostgreSQL&apos;s data</source>
        <translation>Préparation des données de PostgreSQL</translation>
    </message>
    <message>
        <source>Starting PostgreSQL</source>
        <translation>Démarrage de PostgreSQL</translation>
    </message>
    <message>
        <source>Applying migrations</source>
        <translation>Application des migrations</translation>
    </message>
    <message>
        <source>Saving changes</source>
        <translation>Enregistrement des modifications</translation>
    </message>
    <message>
        <source>Writing rows</source>
        <translation>Écriture des lignes</translation>
    </message>
    <message>
        <source>{number} rows</source>
        <translation>{number} lignes</translation>
    </message>
    <message>
        <source>{number} tables</source>
        <translation>{number} tables</translation>
    </message>
    <message>
        <source>{number} steps</source>
        <translation>{number} étapes</translation>
    </message>
</context>
<context>
    <name>steps</name>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Edit connection…</source>
        <translation>Modifier la connexion…</translation>
    </message>
    <message>
        <source>Enter password…</source>
        <translation>Saisir le mot de passe…</translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation>Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>Se reconnecter</translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation>Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>Copy “docker compose up -d”</source>
        <translation>Copier « docker compose up -d »</translation>
    </message>
    <message>
        <source>Create the database</source>
        <translation>Créer la base</translation>
    </message>
    <message>
        <source>Open another folder…</source>
        <translation>Ouvrir un autre dossier…</translation>
    </message>
    <message>
        <source>Review changes</source>
        <translation>Revoir les modifications</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Allow writing…</source>
        <translation>Autoriser l’écriture…</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
</context>
</TS>
