<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>BitEditor</name>
    <message numerus="yes">
        <source>%Ln bit(s)</source>
        <translation>
            <numerusform>%Ln bit</numerusform>
            <numerusform>%Ln bits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BlockedStrip</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln minute(s)</source>
        <translation>
            <numerusform>%Ln minute</numerusform>
            <numerusform>%Ln minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln second(s)</source>
        <translation>
            <numerusform>%Ln second</numerusform>
            <numerusform>%Ln seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChangeBar</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln change</numerusform>
            <numerusform>%Ln changes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln conflict(s)</source>
        <translation>
            <numerusform>%Ln conflict</numerusform>
            <numerusform>%Ln conflicts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) changed by somebody else</source>
        <translation>
            <numerusform>%Ln row changed by somebody else</numerusform>
            <numerusform>%Ln rows changed by somebody else</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) edited</source>
        <translation>
            <numerusform>%Ln row edited</numerusform>
            <numerusform>%Ln rows edited</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) new</source>
        <translation>
            <numerusform>%Ln new row</numerusform>
            <numerusform>%Ln new rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) to be deleted</source>
        <translation>
            <numerusform>%Ln row to be deleted</numerusform>
            <numerusform>%Ln rows to be deleted</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CheckDialog</name>
    <message numerus="yes">
        <source>%Ln difference(s); a migration would bring the database to the models</source>
        <translation>
            <numerusform>%Ln difference; a migration would bring the database to the models</numerusform>
            <numerusform>%Ln differences; a migration would bring the database to the models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConnectionsBar</name>
    <message numerus="yes">
        <source>{used} of {most} connections</source>
        <translation>
            <numerusform>{used} of {most} connections</numerusform>
            <numerusform>{used} of {most} connections</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%Ln migration(s) failed or were interrupted</source>
        <translation>
            <numerusform>%Ln migration failed or was interrupted</numerusform>
            <numerusform>%Ln migrations failed or were interrupted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) of the database have no file here. Get the project&apos;s latest code, then read again.</source>
        <translation>
            <numerusform>%Ln revision of the database has no file here. Get the project&apos;s latest code, then read again.</numerusform>
            <numerusform>%Ln revisions of the database have no file here. Get the project&apos;s latest code, then read again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln head(s): the branches were not merged</source>
        <translation>
            <numerusform>%Ln head: the branches were not merged</numerusform>
            <numerusform>%Ln heads: the branches were not merged</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln migration(s) are to be run.</source>
        <translation>
            <numerusform>%Ln migration is to be run.</numerusform>
            <numerusform>%Ln migrations are to be run.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln migration(s) pending</source>
        <translation>
            <numerusform>%Ln migration pending</numerusform>
            <numerusform>%Ln migrations pending</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Models and database differ in %Ln place(s)</source>
        <translation>
            <numerusform>Models and database differ in %Ln place</numerusform>
            <numerusform>Models and database differ in %Ln places</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The files of %Ln migration(s) were edited after they were applied.</source>
        <translation>
            <numerusform>The file of %Ln migration was edited after it was applied.</numerusform>
            <numerusform>The files of %Ln migrations were edited after they were applied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln migration(s) are applied.</source>
        <translation>
            <numerusform>The %Ln migration is applied.</numerusform>
            <numerusform>All %Ln migrations are applied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln pending</source>
        <translation>
            <numerusform>Deploy %Ln pending</numerusform>
            <numerusform>Deploy %Ln pending</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would add {number} row(s)</source>
        <translation>
            <numerusform>It would add {number} row</numerusform>
            <numerusform>It would add {number} rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would change {number} row(s)</source>
        <translation>
            <numerusform>It would change {number} row</numerusform>
            <numerusform>It would change {number} rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Added {number} row(s)</source>
        <translation>
            <numerusform>Added {number} row</numerusform>
            <numerusform>Added {number} rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Changed {number} row(s)</source>
        <translation>
            <numerusform>Changed {number} row</numerusform>
            <numerusform>Changed {number} rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sequence(s) moved on all the same, since PostgreSQL takes no number back: {names}.</source>
        <translation>
            <numerusform>%Ln sequence moved on all the same, since PostgreSQL takes no number back: {names}.</numerusform>
            <numerusform>%Ln sequences moved on all the same, since PostgreSQL takes no number back: {names}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) were imported, and are as they were sent</source>
        <translation>
            <numerusform>{number} row was imported, and is as it was sent</numerusform>
            <numerusform>{number} rows were imported, and are as they were sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} value(s) or row(s) are refused</source>
        <translation>
            <numerusform>{number} value or row is refused</numerusform>
            <numerusform>{number} values or rows are refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) can be imported: nothing is refused</source>
        <translation>
            <numerusform>{number} row can be imported: nothing is refused</numerusform>
            <numerusform>{number} rows can be imported: nothing is refused</numerusform>
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
        <source>%Ln backup(s)</source>
        <translation>
            <numerusform>%Ln backup</numerusform>
            <numerusform>%Ln backups</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln row</numerusform>
            <numerusform>%Ln rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) compared</source>
        <translation>
            <numerusform>%Ln table compared</numerusform>
            <numerusform>%Ln tables compared</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) not as they were</source>
        <translation>
            <numerusform>%Ln table is not as it was</numerusform>
            <numerusform>%Ln tables are not as they were</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Bring back %Ln row(s)</source>
        <translation>
            <numerusform>Bring back %Ln row</numerusform>
            <numerusform>Bring back %Ln rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln backup(s)</source>
        <translation>
            <numerusform>Delete %Ln backup</numerusform>
            <numerusform>Delete %Ln backups</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) deleted</source>
        <translation>
            <numerusform>%Ln backup deleted</numerusform>
            <numerusform>%Ln backups deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) stay</source>
        <translation>
            <numerusform>%Ln backup stays</numerusform>
            <numerusform>%Ln backups stay</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%Ln backup would go, which frees {size}</numerusform>
            <numerusform>%Ln backups would go, which frees {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) in {time}</source>
        <translation>
            <numerusform>%Ln table in {time}</numerusform>
            <numerusform>%Ln tables in {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %Ln scheduled backup(s) failed, last on {moment}.</source>
        <translation>
            <numerusform>{profile}: %Ln scheduled backup failed, on {moment}.</numerusform>
            <numerusform>{profile}: %Ln scheduled backups failed, last on {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %Ln scheduled backup(s) did not begin, last on {moment}.</source>
        <translation>
            <numerusform>{profile}: %Ln scheduled backup did not begin, on {moment}.</numerusform>
            <numerusform>{profile}: %Ln scheduled backups did not begin, last on {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
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
        <source>%Ln new</source>
        <translation>
            <numerusform>%Ln new</numerusform>
            <numerusform>%Ln new</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln changed</source>
        <translation>
            <numerusform>%Ln changed</numerusform>
            <numerusform>%Ln changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln deleted</source>
        <translation>
            <numerusform>%Ln deleted</numerusform>
            <numerusform>%Ln deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln went along</source>
        <translation>
            <numerusform>%Ln went along</numerusform>
            <numerusform>%Ln went along</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{rows} went along in %Ln table(s)</source>
        <translation>
            <numerusform>{rows} went along in %Ln table</numerusform>
            <numerusform>{rows} went along in %Ln tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{table} and %Ln more</source>
        <translation>
            <numerusform>{table} and %Ln more</numerusform>
            <numerusform>{table} and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first %Ln row(s) of {total} are shown.</source>
        <translation>
            <numerusform>The first %Ln row of {total} is shown.</numerusform>
            <numerusform>The first %Ln rows of {total} are shown.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) of {table}: {reason}</source>
        <translation>
            <numerusform>%Ln row of {table}: {reason}</numerusform>
            <numerusform>%Ln rows of {table}: {reason}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln set(s)</source>
        <translation>
            <numerusform>Delete %Ln set</numerusform>
            <numerusform>Delete %Ln sets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln set(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%Ln set would go, which frees {size}</numerusform>
            <numerusform>%Ln sets would go, which frees {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln set(s) deleted</source>
        <translation>
            <numerusform>%Ln set deleted</numerusform>
            <numerusform>%Ln sets deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selection: {number} row(s), the columns chosen in it</source>
        <translation>
            <numerusform>The selection: {number} row, the columns chosen in it</numerusform>
            <numerusform>The selection: {number} rows, the columns chosen in it</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} new row(s)</source>
        <translation>
            <numerusform>{number} new row</numerusform>
            <numerusform>{number} new rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} changed row(s)</source>
        <translation>
            <numerusform>{number} changed row</numerusform>
            <numerusform>{number} changed rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) were passed over: no row has their key.</source>
        <translation>
            <numerusform>{number} line was passed over: no row has its key.</numerusform>
            <numerusform>{number} lines were passed over: no row has their key.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) were not written: a trigger of the table let them fall.</source>
        <translation>
            <numerusform>{number} line was not written: a trigger of the table let it fall.</numerusform>
            <numerusform>{number} lines were not written: a trigger of the table let them fall.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) are refused. Nothing was written.</source>
        <translation>
            <numerusform>{number} line is refused. Nothing was written.</numerusform>
            <numerusform>{number} lines are refused. Nothing was written.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DataPanel</name>
    <message numerus="yes">
        <source>%Ln row(s) of {number} tables are staged. They are saved together, from any of these tabs.</source>
        <translation>
            <numerusform>%Ln row of {number} tables is staged. All are saved together, from any of these tabs.</numerusform>
            <numerusform>%Ln rows of {number} tables are staged. They are saved together, from any of these tabs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) with changes that were not saved will be lost.</source>
        <translation>
            <numerusform>%Ln row with changes that were not saved will be lost.</numerusform>
            <numerusform>%Ln rows with changes that were not saved will be lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeployDialog</name>
    <message numerus="yes">
        <source>1  Plan · %Ln revision(s)</source>
        <translation>
            <numerusform>1  Plan · %Ln revision</numerusform>
            <numerusform>1  Plan · %Ln revisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln revision(s)</source>
        <translation>
            <numerusform>Deploy %Ln revision</numerusform>
            <numerusform>Deploy %Ln revisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln revision(s) to production</source>
        <translation>
            <numerusform>Deploy %Ln revision to production</numerusform>
            <numerusform>Deploy %Ln revisions to production</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %Ln danger(s)</source>
        <translation>
            <numerusform>2  Safety report · %Ln danger</numerusform>
            <numerusform>2  Safety report · %Ln dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %Ln caution(s)</source>
        <translation>
            <numerusform>2  Safety report · %Ln caution</numerusform>
            <numerusform>2  Safety report · %Ln cautions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more danger(s)</source>
        <translation>
            <numerusform>and %Ln more danger</numerusform>
            <numerusform>and %Ln more dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) will be applied to {database}.</source>
        <translation>
            <numerusform>%Ln revision will be applied to {database}.</numerusform>
            <numerusform>%Ln revisions will be applied to {database}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DowngradeDialog</name>
    <message numerus="yes">
        <source>Take back %Ln revision(s)…</source>
        <translation>
            <numerusform>Take back %Ln revision…</numerusform>
            <numerusform>Take back %Ln revisions…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) will be taken back in {database}.</source>
        <translation>
            <numerusform>%Ln revision will be taken back in {database}.</numerusform>
            <numerusform>%Ln revisions will be taken back in {database}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftDialog</name>
    <message numerus="yes">
        <source>%Ln row(s), by {role} on {place}</source>
        <translation>
            <numerusform>%Ln row, by {role} on {place}</numerusform>
            <numerusform>%Ln rows, by {role} on {place}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftKeeper</name>
    <message numerus="yes">
        <source>{table}: %Ln row(s)</source>
        <translation>
            <numerusform>{table}: %Ln row</numerusform>
            <numerusform>{table}: %Ln rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftRestoring</name>
    <message numerus="yes">
        <source>%Ln row(s) edited here were not saved when Nexus Studio ended</source>
        <translation>
            <numerusform>%Ln row edited here was not saved when Nexus Studio ended</numerusform>
            <numerusform>%Ln rows edited here were not saved when Nexus Studio ended</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) no longer fit the table.</source>
        <translation>
            <numerusform>%Ln row no longer fits the table.</numerusform>
            <numerusform>%Ln rows no longer fit the table.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) were that way already.</source>
        <translation>
            <numerusform>%Ln row was that way already.</numerusform>
            <numerusform>%Ln rows were that way already.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) were changed by somebody else: resolve them first.</source>
        <translation>
            <numerusform>%Ln row was changed by somebody else: resolve it first.</numerusform>
            <numerusform>%Ln rows were changed by somebody else: resolve them first.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new row(s) may be saved already: look before you save.</source>
        <translation>
            <numerusform>%Ln new row may be saved already: look before you save.</numerusform>
            <numerusform>%Ln new rows may be saved already: look before you save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) are staged again. Look at them, then save.</source>
        <translation>
            <numerusform>%Ln row is staged again. Look at it, then save.</numerusform>
            <numerusform>%Ln rows are staged again. Look at them, then save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) of {table} with edits that were not saved will be lost.</source>
        <translation>
            <numerusform>%Ln row of {table} with edits that were not saved will be lost.</numerusform>
            <numerusform>%Ln rows of {table} with edits that were not saved will be lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DraftView</name>
    <message numerus="yes">
        <source>%Ln difference(s)</source>
        <translation>
            <numerusform>%Ln difference</numerusform>
            <numerusform>%Ln differences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DuplicateDialog</name>
    <message numerus="yes">
        <source>%Ln unique value(s) the copies can&apos;t share</source>
        <translation>
            <numerusform>%Ln unique value the copies can&apos;t share</numerusform>
            <numerusform>%Ln unique values the copies can&apos;t share</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new row(s): {tables}.</source>
        <translation>
            <numerusform>%Ln new row: {tables}.</numerusform>
            <numerusform>%Ln new rows: {tables}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EnvPage</name>
    <message numerus="yes">
        <source>%Ln change(s), not saved yet</source>
        <translation>
            <numerusform>%Ln change, not saved yet</numerusform>
            <numerusform>%Ln changes, not saved yet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to mend</source>
        <translation>
            <numerusform>%Ln thing to mend</numerusform>
            <numerusform>%Ln things to mend</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to look at</source>
        <translation>
            <numerusform>%Ln thing to look at</numerusform>
            <numerusform>%Ln things to look at</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FailureCard</name>
    <message numerus="yes">
        <source>%Ln statement(s) are known to be committed.</source>
        <translation>
            <numerusform>%Ln statement is known to be committed.</numerusform>
            <numerusform>%Ln statements are known to be committed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ForeseenView</name>
    <message numerus="yes">
        <source>and %Ln more of that kind</source>
        <translation>
            <numerusform>and %Ln more of that kind</numerusform>
            <numerusform>and %Ln more of that kind</numerusform>
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
        <source>… and %Ln more table(s)</source>
        <translation>
            <numerusform>… and %Ln more table</numerusform>
            <numerusform>… and %Ln more tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) removed</source>
        <translation>
            <numerusform>{number} row removed</numerusform>
            <numerusform>{number} rows removed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) changed</source>
        <translation>
            <numerusform>{number} row changed</numerusform>
            <numerusform>{number} rows changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) added</source>
        <translation>
            <numerusform>{number} row added</numerusform>
            <numerusform>{number} rows added</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message numerus="yes">
        <source>%Ln sequence(s) go on behind the new values.</source>
        <translation>
            <numerusform>%Ln sequence goes on behind the new values.</numerusform>
            <numerusform>%Ln sequences go on behind the new values.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportPage</name>
    <message numerus="yes">
        <source>%Ln table(s) get rows, in one transaction.</source>
        <translation>
            <numerusform>%Ln table gets rows, in one transaction.</numerusform>
            <numerusform>%Ln tables get rows, in one transaction.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) of the file go nowhere.</source>
        <translation>
            <numerusform>%Ln table of the file goes nowhere.</numerusform>
            <numerusform>%Ln tables of the file go nowhere.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) are written into this database.</source>
        <translation>
            <numerusform>{number} row is written into this database.</numerusform>
            <numerusform>{number} rows are written into this database.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportResult</name>
    <message numerus="yes">
        <source>… and %Ln more: the command line lists all</source>
        <translation>
            <numerusform>… and %Ln more: the command line lists all</numerusform>
            <numerusform>… and %Ln more: the command line lists all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JsonTree</name>
    <message numerus="yes">
        <source>%Ln key(s)</source>
        <translation>
            <numerusform>%Ln key</numerusform>
            <numerusform>%Ln keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln element(s)</source>
        <translation>
            <numerusform>%Ln element</numerusform>
            <numerusform>%Ln elements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %Ln more</source>
        <translation>
            <numerusform>Show %Ln more</numerusform>
            <numerusform>Show %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KindCounts</name>
    <message numerus="yes">
        <source>%Ln aggregate(s)</source>
        <translation>
            <numerusform>%Ln aggregate</numerusform>
            <numerusform>%Ln aggregates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln collation(s)</source>
        <translation>
            <numerusform>%Ln collation</numerusform>
            <numerusform>%Ln collations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln composite type(s)</source>
        <translation>
            <numerusform>%Ln composite type</numerusform>
            <numerusform>%Ln composite types</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln conversion(s)</source>
        <translation>
            <numerusform>%Ln conversion</numerusform>
            <numerusform>%Ln conversions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln event trigger(s)</source>
        <translation>
            <numerusform>%Ln event trigger</numerusform>
            <numerusform>%Ln event triggers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln extension(s)</source>
        <translation>
            <numerusform>%Ln extension</numerusform>
            <numerusform>%Ln extensions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln foreign server(s)</source>
        <translation>
            <numerusform>%Ln foreign server</numerusform>
            <numerusform>%Ln foreign servers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln foreign table(s)</source>
        <translation>
            <numerusform>%Ln foreign table</numerusform>
            <numerusform>%Ln foreign tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln function(s)</source>
        <translation>
            <numerusform>%Ln function</numerusform>
            <numerusform>%Ln functions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln large object(s)</source>
        <translation>
            <numerusform>%Ln large object</numerusform>
            <numerusform>%Ln large objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln materialized view(s)</source>
        <translation>
            <numerusform>%Ln materialized view</numerusform>
            <numerusform>%Ln materialized views</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator(s)</source>
        <translation>
            <numerusform>%Ln operator</numerusform>
            <numerusform>%Ln operators</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator class(es)</source>
        <translation>
            <numerusform>%Ln operator class</numerusform>
            <numerusform>%Ln operator classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator families</source>
        <translation>
            <numerusform>%Ln operator family</numerusform>
            <numerusform>%Ln operator families</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln procedure(s)</source>
        <translation>
            <numerusform>%Ln procedure</numerusform>
            <numerusform>%Ln procedures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln publication(s)</source>
        <translation>
            <numerusform>%Ln publication</numerusform>
            <numerusform>%Ln publications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sequence(s)</source>
        <translation>
            <numerusform>%Ln sequence</numerusform>
            <numerusform>%Ln sequences</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln statistics object(s)</source>
        <translation>
            <numerusform>%Ln statistics object</numerusform>
            <numerusform>%Ln statistics objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln subscription(s)</source>
        <translation>
            <numerusform>%Ln subscription</numerusform>
            <numerusform>%Ln subscriptions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search configuration(s)</source>
        <translation>
            <numerusform>%Ln text search configuration</numerusform>
            <numerusform>%Ln text search configurations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search dictionaries</source>
        <translation>
            <numerusform>%Ln text search dictionary</numerusform>
            <numerusform>%Ln text search dictionaries</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search parser(s)</source>
        <translation>
            <numerusform>%Ln text search parser</numerusform>
            <numerusform>%Ln text search parsers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search template(s)</source>
        <translation>
            <numerusform>%Ln text search template</numerusform>
            <numerusform>%Ln text search templates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln type(s)</source>
        <translation>
            <numerusform>%Ln type</numerusform>
            <numerusform>%Ln types</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln view(s)</source>
        <translation>
            <numerusform>%Ln view</numerusform>
            <numerusform>%Ln views</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message numerus="yes">
        <source>At most %Ln character(s)</source>
        <translation>
            <numerusform>At most %Ln character</numerusform>
            <numerusform>At most %Ln characters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LiveButton</name>
    <message numerus="yes">
        <source>%Ln row(s) gone</source>
        <translation>
            <numerusform>%Ln row gone</numerusform>
            <numerusform>%Ln rows gone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %Ln minute(s)</source>
        <translation>
            <numerusform>Every %Ln minute</numerusform>
            <numerusform>Every %Ln minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %Ln second(s)</source>
        <translation>
            <numerusform>Every %Ln second</numerusform>
            <numerusform>Every %Ln seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LongTextEditor</name>
    <message numerus="yes">
        <source>%Ln character(s)</source>
        <translation>
            <numerusform>%Ln character</numerusform>
            <numerusform>%Ln characters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NoticeStrip</name>
    <message numerus="yes">
        <source>%Ln more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%Ln more</numerusform>
            <numerusform>%Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PasteDialog</name>
    <message numerus="yes">
        <source>%Ln row(s) will be added.</source>
        <translation>
            <numerusform>%Ln row will be added.</numerusform>
            <numerusform>%Ln rows will be added.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The block has %Ln column(s) more than there are from here on; they are left out.</source>
        <translation>
            <numerusform>The block has %Ln column more than there is from here on; they are left out.</numerusform>
            <numerusform>The block has %Ln columns more than there are from here on; they are left out.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message numerus="yes">
        <source>%Ln revision(s), in this order</source>
        <translation>
            <numerusform>%Ln revision, in this order</numerusform>
            <numerusform>%Ln revisions, in this order</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The SQL of %Ln revision(s) can&apos;t be shown.</source>
        <translation>
            <numerusform>The SQL of %Ln revision can&apos;t be shown.</numerusform>
            <numerusform>The SQL of %Ln revisions can&apos;t be shown.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message numerus="yes">
        <source>and %Ln more loss(es)</source>
        <translation>
            <numerusform>and %Ln more loss</numerusform>
            <numerusform>and %Ln more losses</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s) will be run.</source>
        <translation>
            <numerusform>%Ln statement will be run.</numerusform>
            <numerusform>%Ln statements will be run.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RefusalsView</name>
    <message numerus="yes">
        <source>… and %Ln more: the saved list has them</source>
        <translation>
            <numerusform>… and %Ln more: the saved list has them</numerusform>
            <numerusform>… and %Ln more: the saved list has them</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ResolvePage</name>
    <message numerus="yes">
        <source>Look again, and let a statement take %Ln second(s) there</source>
        <translation>
            <numerusform>Look again, and let a statement take %Ln second there</numerusform>
            <numerusform>Look again, and let a statement take %Ln seconds there</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewDialog</name>
    <message numerus="yes">
        <source>%Ln row(s) will be written in one transaction, or none.</source>
        <translation>
            <numerusform>%Ln row will be written in one transaction, or not at all.</numerusform>
            <numerusform>%Ln rows will be written in one transaction, or none.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %Ln row(s)</source>
        <translation>
            <numerusform>Save %Ln row</numerusform>
            <numerusform>Save %Ln rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %Ln row(s) to production</source>
        <translation>
            <numerusform>Save %Ln row to production</numerusform>
            <numerusform>Save %Ln rows to production</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RevisionList</name>
    <message numerus="yes">
        <source>%Ln problem(s) with the project&apos;s files; the rest works</source>
        <translation>
            <numerusform>%Ln problem with the project&apos;s files; the rest works</numerusform>
            <numerusform>%Ln problems with the project&apos;s files; the rest works</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s) with the project&apos;s files: nothing runs until mended</source>
        <translation>
            <numerusform>%Ln problem with the project&apos;s files: nothing runs until it is mended</numerusform>
            <numerusform>%Ln problems with the project&apos;s files: nothing runs until they are mended</numerusform>
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
        <source>%Ln column(s) of {wanted} stay in place: there is no room for more.</source>
        <translation>
            <numerusform>%Ln column of {wanted} stays in place: there is no room for more.</numerusform>
            <numerusform>%Ln columns of {wanted} stay in place: there is no room for more.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowReview</name>
    <message numerus="yes">
        <source>%Ln row(s) of {table} will be deleted.</source>
        <translation>
            <numerusform>%Ln row of {table} will be deleted.</numerusform>
            <numerusform>%Ln rows of {table} will be deleted.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowSaving</name>
    <message numerus="yes">
        <source>%Ln row(s) are staged. Look at them, then save.</source>
        <translation>
            <numerusform>%Ln row is staged. Look at it, then save.</numerusform>
            <numerusform>%Ln rows are staged. Look at them, then save.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Saved %Ln row(s)</source>
        <translation>
            <numerusform>Saved %Ln row</numerusform>
            <numerusform>Saved %Ln rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunFlow</name>
    <message numerus="yes">
        <source>Cancelled: %Ln revision(s) done, the others were not begun</source>
        <translation>
            <numerusform>Cancelled: %Ln revision done, the others were not begun</numerusform>
            <numerusform>Cancelled: %Ln revisions done, the others were not begun</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) taken back in {time}</source>
        <translation>
            <numerusform>%Ln revision taken back in {time}</numerusform>
            <numerusform>%Ln revisions taken back in {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) applied in {time}</source>
        <translation>
            <numerusform>%Ln revision applied in {time}</numerusform>
            <numerusform>%Ln revisions applied in {time}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunView</name>
    <message numerus="yes">
        <source>%Ln statement(s) of {revision} were there already and left out: {numbers}</source>
        <translation>
            <numerusform>%Ln statement of {revision} was there already and left out: {numbers}</numerusform>
            <numerusform>%Ln statements of {revision} were there already and left out: {numbers}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln there already</source>
        <translation>
            <numerusform>%Ln there already</numerusform>
            <numerusform>%Ln there already</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SafetyView</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SaveNotes</name>
    <message numerus="yes">
        <source>%Ln row(s) of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</source>
        <translation>
            <numerusform>%Ln row of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</numerusform>
            <numerusform>%Ln rows of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</numerusform>
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
        <source>Used by %Ln program(s) now</source>
        <translation>
            <numerusform>Used by %Ln program now</numerusform>
            <numerusform>Used by %Ln programs now</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SqlTab</name>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln statement</numerusform>
            <numerusform>%Ln statements</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StagingOver</name>
    <message numerus="yes">
        <source>{table}: %Ln row(s)</source>
        <translation>
            <numerusform>{table}: %Ln row</numerusform>
            <numerusform>{table}: %Ln rows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskChip</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <comment>further running tasks</comment>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln statement</numerusform>
            <numerusform>%Ln statements</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message numerus="yes">
        <source>%Ln min – lock again</source>
        <translation>
            <numerusform>%Ln min – lock again</numerusform>
            <numerusform>%Ln min – lock again</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Unlocked for %Ln minute(s) more: lock again</source>
        <translation>
            <numerusform>Unlocked for %Ln minute more: lock again</numerusform>
            <numerusform>Unlocked for %Ln minutes more: lock again</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TreePathEditor</name>
    <message numerus="yes">
        <source>%Ln label(s), parted by points</source>
        <translation>
            <numerusform>%Ln label</numerusform>
            <numerusform>%Ln labels, parted by points</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message numerus="yes">
        <source>%Ln minute(s)</source>
        <translation>
            <numerusform>%Ln minute</numerusform>
            <numerusform>%Ln minutes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VectorEditor</name>
    <message numerus="yes">
        <source>%Ln dimension(s)</source>
        <translation>
            <numerusform>%Ln dimension</numerusform>
            <numerusform>%Ln dimensions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VerdictStrip</name>
    <message numerus="yes">
        <source>%Ln more migration(s)</source>
        <translation>
            <numerusform>%Ln more migration</numerusform>
            <numerusform>%Ln more migrations</numerusform>
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
