<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>BitEditor</name>
    <message numerus="yes">
        <source>%n bit(s)</source>
        <translation>
            <numerusform>%n bit</numerusform>
            <numerusform>%n bits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BlockedStrip</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n second</numerusform>
            <numerusform>%n seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChangeBar</name>
    <message numerus="yes">
        <source>%n change(s)</source>
        <translation>
            <numerusform>%n change</numerusform>
            <numerusform>%n changes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conflict(s)</source>
        <translation>
            <numerusform>%n conflict</numerusform>
            <numerusform>%n conflicts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) changed by somebody else</source>
        <translation>
            <numerusform>%n row changed by somebody else</numerusform>
            <numerusform>%n rows changed by somebody else</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) edited</source>
        <translation>
            <numerusform>%n row edited</numerusform>
            <numerusform>%n rows edited</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) new</source>
        <translation>
            <numerusform>%n new row</numerusform>
            <numerusform>%n new rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) to be deleted</source>
        <translation>
            <numerusform>%n row to be deleted</numerusform>
            <numerusform>%n rows to be deleted</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CheckDialog</name>
    <message numerus="yes">
        <source>%n difference(s); a migration would bring the database to the models</source>
        <translation>
            <numerusform>%n difference; a migration would bring the database to the models</numerusform>
            <numerusform>%n differences; a migration would bring the database to the models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%n migration(s) failed or were interrupted</source>
        <translation>
            <numerusform>%n migration failed or was interrupted</numerusform>
            <numerusform>%n migrations failed or were interrupted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n revision(s) of the database have no file here. Get the project&apos;s latest code, then read again.</source>
        <translation>
            <numerusform>%n revision of the database has no file here. Get the project&apos;s latest code, then read again.</numerusform>
            <numerusform>%n revisions of the database have no file here. Get the project&apos;s latest code, then read again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s): the branches were not merged</source>
        <translation>
            <numerusform>%n head: the branches were not merged</numerusform>
            <numerusform>%n heads: the branches were not merged</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n migration(s) are to be run.</source>
        <translation>
            <numerusform>%n migration is to be run.</numerusform>
            <numerusform>%n migrations are to be run.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n migration(s) pending</source>
        <translation>
            <numerusform>%n migration pending</numerusform>
            <numerusform>%n migrations pending</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Models and database differ in %n place(s)</source>
        <translation>
            <numerusform>Models and database differ in %n place</numerusform>
            <numerusform>Models and database differ in %n places</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The files of %n migration(s) were edited after they were applied.</source>
        <translation>
            <numerusform>The file of %n migration was edited after it was applied.</numerusform>
            <numerusform>The files of %n migrations were edited after they were applied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %n migration(s) are applied.</source>
        <translation>
            <numerusform>The %n migration is applied.</numerusform>
            <numerusform>All %n migrations are applied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %n pending</source>
        <translation>
            <numerusform>Deploy %n pending</numerusform>
            <numerusform>Deploy %n pending</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would add %n row(s)</source>
        <translation>
            <numerusform>It would add %n row</numerusform>
            <numerusform>It would add %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would change %n row(s)</source>
        <translation>
            <numerusform>It would change %n row</numerusform>
            <numerusform>It would change %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Added %n row(s)</source>
        <translation>
            <numerusform>Added %n row</numerusform>
            <numerusform>Added %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Changed %n row(s)</source>
        <translation>
            <numerusform>Changed %n row</numerusform>
            <numerusform>Changed %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sequence(s) moved on all the same, since PostgreSQL takes no number back: {names}.</source>
        <translation>
            <numerusform>%n sequence moved on all the same, since PostgreSQL takes no number back: {names}.</numerusform>
            <numerusform>%n sequences moved on all the same, since PostgreSQL takes no number back: {names}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) were imported, and are as they were sent</source>
        <translation>
            <numerusform>%n row was imported, and is as it was sent</numerusform>
            <numerusform>%n rows were imported, and are as they were sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) or row(s) are refused</source>
        <translation>
            <numerusform>%n value or row is refused</numerusform>
            <numerusform>%n values or rows are refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) can be imported: nothing is refused</source>
        <translation>
            <numerusform>%n row can be imported: nothing is refused</numerusform>
            <numerusform>%n rows can be imported: nothing is refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s)</source>
        <translation>
            <numerusform>%Ln table</numerusform>
            <numerusform>%Ln tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s)</source>
        <translation>
            <numerusform>{number} row</numerusform>
            <numerusform>{number} rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n backup(s)</source>
        <translation>
            <numerusform>%n backup</numerusform>
            <numerusform>%n backups</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n table(s)</source>
        <translation>
            <numerusform>%n table</numerusform>
            <numerusform>%n tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s)</source>
        <translation>
            <numerusform>%n row</numerusform>
            <numerusform>%n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n table(s) compared</source>
        <translation>
            <numerusform>%n table compared</numerusform>
            <numerusform>%n tables compared</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n table(s) not as they were</source>
        <translation>
            <numerusform>%n table is not as it was</numerusform>
            <numerusform>%n tables are not as they were</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Bring back %n row(s)</source>
        <translation>
            <numerusform>Bring back %n row</numerusform>
            <numerusform>Bring back %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n backup(s)</source>
        <translation>
            <numerusform>Delete %n backup</numerusform>
            <numerusform>Delete %n backups</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n backup(s) deleted</source>
        <translation>
            <numerusform>%n backup deleted</numerusform>
            <numerusform>%n backups deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n backup(s) stay</source>
        <translation>
            <numerusform>%n backup stays</numerusform>
            <numerusform>%n backups stay</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n backup(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%n backup would go, which frees {size}</numerusform>
            <numerusform>%n backups would go, which frees {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n table(s) in {time}</source>
        <translation>
            <numerusform>%n table in {time}</numerusform>
            <numerusform>%n tables in {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %n scheduled backup(s) failed, last on {moment}.</source>
        <translation>
            <numerusform>{profile}: %n scheduled backup failed, on {moment}.</numerusform>
            <numerusform>{profile}: %n scheduled backups failed, last on {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %n scheduled backup(s) did not begin, last on {moment}.</source>
        <translation>
            <numerusform>{profile}: %n scheduled backup did not begin, on {moment}.</numerusform>
            <numerusform>{profile}: %n scheduled backups did not begin, last on {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln smaller one(s)</source>
        <translation>
            <numerusform>%Ln smaller one</numerusform>
            <numerusform>%Ln smaller ones</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to look at</source>
        <translation>
            <numerusform>%Ln thing to look at</numerusform>
            <numerusform>%Ln things to look at</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln session(s)</source>
        <translation>
            <numerusform>%Ln session</numerusform>
            <numerusform>%Ln sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln statement</numerusform>
            <numerusform>%Ln statements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln sample</numerusform>
            <numerusform>%Ln samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln table(s) your role may not know the bloat: pg_read_all_data would show it.</source>
        <translation>
            <numerusform>Of %Ln table your role may not know the bloat: pg_read_all_data would show it.</numerusform>
            <numerusform>Of %Ln tables your role may not know the bloat: pg_read_all_data would show it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln chosen table(s)</source>
        <translation>
            <numerusform>%Ln chosen table</numerusform>
            <numerusform>%Ln chosen tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) done</source>
        <translation>
            <numerusform>%Ln table done</numerusform>
            <numerusform>%Ln tables done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln session(s) wait</source>
        <translation>
            <numerusform>%Ln session waits</numerusform>
            <numerusform>%Ln sessions wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new</source>
        <translation>
            <numerusform>%n new</numerusform>
            <numerusform>%n new</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changed</source>
        <translation>
            <numerusform>%n changed</numerusform>
            <numerusform>%n changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n deleted</source>
        <translation>
            <numerusform>%n deleted</numerusform>
            <numerusform>%n deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n went along</source>
        <translation>
            <numerusform>%n went along</numerusform>
            <numerusform>%n went along</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{rows} went along in %n table(s)</source>
        <translation>
            <numerusform>{rows} went along in %n table</numerusform>
            <numerusform>{rows} went along in %n tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{table} and %n more</source>
        <translation>
            <numerusform>{table} and %n more</numerusform>
            <numerusform>{table} and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first %n row(s) of {total} are shown.</source>
        <translation>
            <numerusform>The first %n row of {total} is shown.</numerusform>
            <numerusform>The first %n rows of {total} are shown.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) of {table}: {reason}</source>
        <translation>
            <numerusform>%n row of {table}: {reason}</numerusform>
            <numerusform>%n rows of {table}: {reason}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n set(s)</source>
        <translation>
            <numerusform>Delete %n set</numerusform>
            <numerusform>Delete %n sets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n set(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%n set would go, which frees {size}</numerusform>
            <numerusform>%n sets would go, which frees {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n set(s) deleted</source>
        <translation>
            <numerusform>%n set deleted</numerusform>
            <numerusform>%n sets deleted</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DataPanel</name>
    <message numerus="yes">
        <source>%n row(s) of {number} tables are staged. They are saved together, from any of these tabs.</source>
        <translation>
            <numerusform>%n row of {number} tables is staged. All are saved together, from any of these tabs.</numerusform>
            <numerusform>%n rows of {number} tables are staged. They are saved together, from any of these tabs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) with changes that were not saved will be lost.</source>
        <translation>
            <numerusform>%n row with changes that were not saved will be lost.</numerusform>
            <numerusform>%n rows with changes that were not saved will be lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeployDialog</name>
    <message numerus="yes">
        <source>1  Plan · %n revision(s)</source>
        <translation>
            <numerusform>1  Plan · %n revision</numerusform>
            <numerusform>1  Plan · %n revisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %n revision(s)</source>
        <translation>
            <numerusform>Deploy %n revision</numerusform>
            <numerusform>Deploy %n revisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %n revision(s) to production</source>
        <translation>
            <numerusform>Deploy %n revision to production</numerusform>
            <numerusform>Deploy %n revisions to production</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %n danger(s)</source>
        <translation>
            <numerusform>2  Safety report · %n danger</numerusform>
            <numerusform>2  Safety report · %n dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %n caution(s)</source>
        <translation>
            <numerusform>2  Safety report · %n caution</numerusform>
            <numerusform>2  Safety report · %n cautions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more danger(s)</source>
        <translation>
            <numerusform>and %n more danger</numerusform>
            <numerusform>and %n more dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n revision(s) will be applied to {database}.</source>
        <translation>
            <numerusform>%n revision will be applied to {database}.</numerusform>
            <numerusform>%n revisions will be applied to {database}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DowngradeDialog</name>
    <message numerus="yes">
        <source>Take back %n revision(s)…</source>
        <translation>
            <numerusform>Take back %n revision…</numerusform>
            <numerusform>Take back %n revisions…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n revision(s) will be taken back in {database}.</source>
        <translation>
            <numerusform>%n revision will be taken back in {database}.</numerusform>
            <numerusform>%n revisions will be taken back in {database}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftDialog</name>
    <message numerus="yes">
        <source>%n row(s), by {role} on {place}</source>
        <translation>
            <numerusform>%n row, by {role} on {place}</numerusform>
            <numerusform>%n rows, by {role} on {place}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftKeeper</name>
    <message numerus="yes">
        <source>{table}: %n row(s)</source>
        <translation>
            <numerusform>{table}: %n row</numerusform>
            <numerusform>{table}: %n rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftRestoring</name>
    <message numerus="yes">
        <source>%n row(s) edited here were not saved when Nexus Studio ended</source>
        <translation>
            <numerusform>%n row edited here was not saved when Nexus Studio ended</numerusform>
            <numerusform>%n rows edited here were not saved when Nexus Studio ended</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) no longer fit the table.</source>
        <translation>
            <numerusform>%n row no longer fits the table.</numerusform>
            <numerusform>%n rows no longer fit the table.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) were that way already.</source>
        <translation>
            <numerusform>%n row was that way already.</numerusform>
            <numerusform>%n rows were that way already.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) were changed by somebody else: resolve them first.</source>
        <translation>
            <numerusform>%n row was changed by somebody else: resolve it first.</numerusform>
            <numerusform>%n rows were changed by somebody else: resolve them first.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new row(s) may be saved already: look before you save.</source>
        <translation>
            <numerusform>%n new row may be saved already: look before you save.</numerusform>
            <numerusform>%n new rows may be saved already: look before you save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) are staged again. Look at them, then save.</source>
        <translation>
            <numerusform>%n row is staged again. Look at it, then save.</numerusform>
            <numerusform>%n rows are staged again. Look at them, then save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) of {table} with edits that were not saved will be lost.</source>
        <translation>
            <numerusform>%n row of {table} with edits that were not saved will be lost.</numerusform>
            <numerusform>%n rows of {table} with edits that were not saved will be lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftView</name>
    <message numerus="yes">
        <source>%n difference(s)</source>
        <translation>
            <numerusform>%n difference</numerusform>
            <numerusform>%n differences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DuplicateDialog</name>
    <message numerus="yes">
        <source>%n unique value(s) the copies can&apos;t share</source>
        <translation>
            <numerusform>%n unique value the copies can&apos;t share</numerusform>
            <numerusform>%n unique values the copies can&apos;t share</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new row(s): {tables}.</source>
        <translation>
            <numerusform>%n new row: {tables}.</numerusform>
            <numerusform>%n new rows: {tables}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EnvPage</name>
    <message numerus="yes">
        <source>%n change(s), not saved yet</source>
        <translation>
            <numerusform>%n change, not saved yet</numerusform>
            <numerusform>%n changes, not saved yet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to mend</source>
        <translation>
            <numerusform>%n thing to mend</numerusform>
            <numerusform>%n things to mend</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to look at</source>
        <translation>
            <numerusform>%n thing to look at</numerusform>
            <numerusform>%n things to look at</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message numerus="yes">
        <source>The selection: %Ln row(s), the columns chosen in it</source>
        <translation>
            <numerusform>The selection: %Ln row, the columns chosen in it</numerusform>
            <numerusform>The selection: %Ln rows, the columns chosen in it</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln row</numerusform>
            <numerusform>%Ln rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FailureCard</name>
    <message numerus="yes">
        <source>%n statement(s) are known to be committed.</source>
        <translation>
            <numerusform>%n statement is known to be committed.</numerusform>
            <numerusform>%n statements are known to be committed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ForeseenView</name>
    <message numerus="yes">
        <source>and %n more of that kind</source>
        <translation>
            <numerusform>and %n more of that kind</numerusform>
            <numerusform>and %n more of that kind</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message numerus="yes">
        <source>There are only {number} row(s).</source>
        <translation>
            <numerusform>There is only {number} row.</numerusform>
            <numerusform>There are only {number} rows.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImpactView</name>
    <message numerus="yes">
        <source>… and %n more table(s)</source>
        <translation>
            <numerusform>… and %n more table</numerusform>
            <numerusform>… and %n more tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) removed</source>
        <translation>
            <numerusform>%n row removed</numerusform>
            <numerusform>%n rows removed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) changed</source>
        <translation>
            <numerusform>%n row changed</numerusform>
            <numerusform>%n rows changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) added</source>
        <translation>
            <numerusform>%n row added</numerusform>
            <numerusform>%n rows added</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message numerus="yes">
        <source>%n line(s) were passed over: no row has their key.</source>
        <translation>
            <numerusform>%n line was passed over: no row has its key.</numerusform>
            <numerusform>%n lines were passed over: no row has their key.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) were not written: a trigger of the table let them fall.</source>
        <translation>
            <numerusform>%n line was not written: a trigger of the table let it fall.</numerusform>
            <numerusform>%n lines were not written: a trigger of the table let them fall.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sequence(s) go on behind the new values.</source>
        <translation>
            <numerusform>%n sequence goes on behind the new values.</numerusform>
            <numerusform>%n sequences go on behind the new values.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new row(s)</source>
        <translation>
            <numerusform>%n new row</numerusform>
            <numerusform>%n new rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changed row(s)</source>
        <translation>
            <numerusform>%n changed row</numerusform>
            <numerusform>%n changed rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) are refused. Nothing was written.</source>
        <translation>
            <numerusform>%n line is refused. Nothing was written.</numerusform>
            <numerusform>%n lines are refused. Nothing was written.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportPage</name>
    <message numerus="yes">
        <source>%n table(s) get rows, in one transaction.</source>
        <translation>
            <numerusform>%n table gets rows, in one transaction.</numerusform>
            <numerusform>%n tables get rows, in one transaction.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n table(s) of the file go nowhere.</source>
        <translation>
            <numerusform>%n table of the file goes nowhere.</numerusform>
            <numerusform>%n tables of the file go nowhere.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) are written into this database.</source>
        <translation>
            <numerusform>%n row is written into this database.</numerusform>
            <numerusform>%n rows are written into this database.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportResult</name>
    <message numerus="yes">
        <source>… and %n more: the command line lists all</source>
        <translation>
            <numerusform>… and %n more: the command line lists all</numerusform>
            <numerusform>… and %n more: the command line lists all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JsonTree</name>
    <message numerus="yes">
        <source>%n key(s)</source>
        <translation>
            <numerusform>%n key</numerusform>
            <numerusform>%n keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n element(s)</source>
        <translation>
            <numerusform>%n element</numerusform>
            <numerusform>%n elements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %n more</source>
        <translation>
            <numerusform>Show %n more</numerusform>
            <numerusform>Show %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KindCounts</name>
    <message numerus="yes">
        <source>%n aggregate(s)</source>
        <translation>
            <numerusform>%n aggregate</numerusform>
            <numerusform>%n aggregates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n collation(s)</source>
        <translation>
            <numerusform>%n collation</numerusform>
            <numerusform>%n collations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n composite type(s)</source>
        <translation>
            <numerusform>%n composite type</numerusform>
            <numerusform>%n composite types</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conversion(s)</source>
        <translation>
            <numerusform>%n conversion</numerusform>
            <numerusform>%n conversions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n event trigger(s)</source>
        <translation>
            <numerusform>%n event trigger</numerusform>
            <numerusform>%n event triggers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n extension(s)</source>
        <translation>
            <numerusform>%n extension</numerusform>
            <numerusform>%n extensions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n foreign server(s)</source>
        <translation>
            <numerusform>%n foreign server</numerusform>
            <numerusform>%n foreign servers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n foreign table(s)</source>
        <translation>
            <numerusform>%n foreign table</numerusform>
            <numerusform>%n foreign tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n function(s)</source>
        <translation>
            <numerusform>%n function</numerusform>
            <numerusform>%n functions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n large object(s)</source>
        <translation>
            <numerusform>%n large object</numerusform>
            <numerusform>%n large objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n materialized view(s)</source>
        <translation>
            <numerusform>%n materialized view</numerusform>
            <numerusform>%n materialized views</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operator(s)</source>
        <translation>
            <numerusform>%n operator</numerusform>
            <numerusform>%n operators</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operator class(es)</source>
        <translation>
            <numerusform>%n operator class</numerusform>
            <numerusform>%n operator classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operator families</source>
        <translation>
            <numerusform>%n operator family</numerusform>
            <numerusform>%n operator families</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n procedure(s)</source>
        <translation>
            <numerusform>%n procedure</numerusform>
            <numerusform>%n procedures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n publication(s)</source>
        <translation>
            <numerusform>%n publication</numerusform>
            <numerusform>%n publications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sequence(s)</source>
        <translation>
            <numerusform>%n sequence</numerusform>
            <numerusform>%n sequences</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n statistics object(s)</source>
        <translation>
            <numerusform>%n statistics object</numerusform>
            <numerusform>%n statistics objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n subscription(s)</source>
        <translation>
            <numerusform>%n subscription</numerusform>
            <numerusform>%n subscriptions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n text search configuration(s)</source>
        <translation>
            <numerusform>%n text search configuration</numerusform>
            <numerusform>%n text search configurations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n text search dictionaries</source>
        <translation>
            <numerusform>%n text search dictionary</numerusform>
            <numerusform>%n text search dictionaries</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n text search parser(s)</source>
        <translation>
            <numerusform>%n text search parser</numerusform>
            <numerusform>%n text search parsers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n text search template(s)</source>
        <translation>
            <numerusform>%n text search template</numerusform>
            <numerusform>%n text search templates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n type(s)</source>
        <translation>
            <numerusform>%n type</numerusform>
            <numerusform>%n types</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n view(s)</source>
        <translation>
            <numerusform>%n view</numerusform>
            <numerusform>%n views</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message numerus="yes">
        <source>At most %n character(s)</source>
        <translation>
            <numerusform>At most %n character</numerusform>
            <numerusform>At most %n characters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LiveButton</name>
    <message numerus="yes">
        <source>%n row(s) gone</source>
        <translation>
            <numerusform>%n row gone</numerusform>
            <numerusform>%n rows gone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %n minute(s)</source>
        <translation>
            <numerusform>Every %n minute</numerusform>
            <numerusform>Every %n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %n second(s)</source>
        <translation>
            <numerusform>Every %n second</numerusform>
            <numerusform>Every %n seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LongTextEditor</name>
    <message numerus="yes">
        <source>%n character(s)</source>
        <translation>
            <numerusform>%n character</numerusform>
            <numerusform>%n characters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NoticeStrip</name>
    <message numerus="yes">
        <source>%n more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PasteDialog</name>
    <message numerus="yes">
        <source>%n row(s) will be added.</source>
        <translation>
            <numerusform>%n row will be added.</numerusform>
            <numerusform>%n rows will be added.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The block has %n column(s) more than there are from here on; they are left out.</source>
        <translation>
            <numerusform>The block has %n column more than there is from here on; they are left out.</numerusform>
            <numerusform>The block has %n columns more than there are from here on; they are left out.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message numerus="yes">
        <source>%n revision(s), in this order</source>
        <translation>
            <numerusform>%n revision, in this order</numerusform>
            <numerusform>%n revisions, in this order</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The SQL of %n revision(s) can&apos;t be shown.</source>
        <translation>
            <numerusform>The SQL of %n revision can&apos;t be shown.</numerusform>
            <numerusform>The SQL of %n revisions can&apos;t be shown.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message numerus="yes">
        <source>and %n more loss(es)</source>
        <translation>
            <numerusform>and %n more loss</numerusform>
            <numerusform>and %n more losses</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n statement(s) will be run.</source>
        <translation>
            <numerusform>%n statement will be run.</numerusform>
            <numerusform>%n statements will be run.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RefusalsView</name>
    <message numerus="yes">
        <source>… and %n more: the saved list has them</source>
        <translation>
            <numerusform>… and %n more: the saved list has them</numerusform>
            <numerusform>… and %n more: the saved list has them</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ResolvePage</name>
    <message numerus="yes">
        <source>Look again, and let a statement take %n second(s) there</source>
        <translation>
            <numerusform>Look again, and let a statement take %n second there</numerusform>
            <numerusform>Look again, and let a statement take %n seconds there</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewDialog</name>
    <message numerus="yes">
        <source>%n row(s) will be written in one transaction, or none.</source>
        <translation>
            <numerusform>%n row will be written in one transaction, or not at all.</numerusform>
            <numerusform>%n rows will be written in one transaction, or none.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %n row(s)</source>
        <translation>
            <numerusform>Save %n row</numerusform>
            <numerusform>Save %n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %n row(s) to production</source>
        <translation>
            <numerusform>Save %n row to production</numerusform>
            <numerusform>Save %n rows to production</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RevisionList</name>
    <message numerus="yes">
        <source>%n problem(s) with the project&apos;s files; the rest works</source>
        <translation>
            <numerusform>%n problem with the project&apos;s files; the rest works</numerusform>
            <numerusform>%n problems with the project&apos;s files; the rest works</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s) with the project&apos;s files: nothing runs until mended</source>
        <translation>
            <numerusform>%n problem with the project&apos;s files: nothing runs until it is mended</numerusform>
            <numerusform>%n problems with the project&apos;s files: nothing runs until they are mended</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowCountButton</name>
    <message numerus="yes">
        <source>{number} row(s)</source>
        <translation>
            <numerusform>{number} row</numerusform>
            <numerusform>{number} rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowGrid</name>
    <message numerus="yes">
        <source>%n column(s) of {wanted} stay in place: there is no room for more.</source>
        <translation>
            <numerusform>%n column of {wanted} stays in place: there is no room for more.</numerusform>
            <numerusform>%n columns of {wanted} stay in place: there is no room for more.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowReview</name>
    <message numerus="yes">
        <source>%n row(s) of {table} will be deleted.</source>
        <translation>
            <numerusform>%n row of {table} will be deleted.</numerusform>
            <numerusform>%n rows of {table} will be deleted.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowSaving</name>
    <message numerus="yes">
        <source>%n row(s) are staged. Look at them, then save.</source>
        <translation>
            <numerusform>%n row is staged. Look at it, then save.</numerusform>
            <numerusform>%n rows are staged. Look at them, then save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Saved %n row(s)</source>
        <translation>
            <numerusform>Saved %n row</numerusform>
            <numerusform>Saved %n rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunFlow</name>
    <message numerus="yes">
        <source>Cancelled: %n revision(s) done, the others were not begun</source>
        <translation>
            <numerusform>Cancelled: %n revision done, the others were not begun</numerusform>
            <numerusform>Cancelled: %n revisions done, the others were not begun</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n revision(s) taken back in {time}</source>
        <translation>
            <numerusform>%n revision taken back in {time}</numerusform>
            <numerusform>%n revisions taken back in {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n revision(s) applied in {time}</source>
        <translation>
            <numerusform>%n revision applied in {time}</numerusform>
            <numerusform>%n revisions applied in {time}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunView</name>
    <message numerus="yes">
        <source>%n statement(s) of {revision} were there already and left out: {numbers}</source>
        <translation>
            <numerusform>%n statement of {revision} was there already and left out: {numbers}</numerusform>
            <numerusform>%n statements of {revision} were there already and left out: {numbers}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n there already</source>
        <translation>
            <numerusform>%n there already</numerusform>
            <numerusform>%n there already</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SafetyView</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SaveNotes</name>
    <message numerus="yes">
        <source>%n row(s) of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</source>
        <translation>
            <numerusform>%n row of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</numerusform>
            <numerusform>%n rows of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SelectionStatus</name>
    <message numerus="yes">
        <source>{number} cell(s) selected</source>
        <translation>
            <numerusform>{number} cell selected</numerusform>
            <numerusform>{number} cells selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ServerPage</name>
    <message numerus="yes">
        <source>Used by %n program(s) now</source>
        <translation>
            <numerusform>Used by %n program now</numerusform>
            <numerusform>Used by %n programs now</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SqlTab</name>
    <message numerus="yes">
        <source>%n statement(s)</source>
        <translation>
            <numerusform>%n statement</numerusform>
            <numerusform>%n statements</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StagingOver</name>
    <message numerus="yes">
        <source>{table}: %n row(s)</source>
        <translation>
            <numerusform>{table}: %n row</numerusform>
            <numerusform>{table}: %n rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskChip</name>
    <message numerus="yes">
        <source>and %n more</source>
        <comment>further running tasks</comment>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message numerus="yes">
        <source>%n statement(s)</source>
        <translation>
            <numerusform>%n statement</numerusform>
            <numerusform>%n statements</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message numerus="yes">
        <source>%n min – lock again</source>
        <translation>
            <numerusform>%n min – lock again</numerusform>
            <numerusform>%n min – lock again</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Unlocked for %n minute(s) more: lock again</source>
        <translation>
            <numerusform>Unlocked for %n minute more: lock again</numerusform>
            <numerusform>Unlocked for %n minutes more: lock again</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TreePathEditor</name>
    <message numerus="yes">
        <source>%n label(s), parted by points</source>
        <translation>
            <numerusform>%n label</numerusform>
            <numerusform>%n labels, parted by points</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VectorEditor</name>
    <message numerus="yes">
        <source>%n dimension(s)</source>
        <translation>
            <numerusform>%n dimension</numerusform>
            <numerusform>%n dimensions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VerdictStrip</name>
    <message numerus="yes">
        <source>%n more migration(s)</source>
        <translation>
            <numerusform>%n more migration</numerusform>
            <numerusform>%n more migrations</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Bytes</name>
    <message numerus="yes">
        <source>{number} byte(s)</source>
        <translation>
            <numerusform>{number} byte</numerusform>
            <numerusform>{number} bytes</numerusform>
        </translation>
    </message>
</context>
</TS>
