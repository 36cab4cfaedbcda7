<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
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
    <name>DataPanel</name>
    <message numerus="yes">
        <source>%n row(s) with changes that were not saved will be lost.</source>
        <translation>
            <numerusform>%n row with changes that were not saved will be lost.</numerusform>
            <numerusform>%n rows with changes that were not saved will be lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message numerus="yes">
        <source>There are only %n row(s).</source>
        <translation>
            <numerusform>There is only %n row.</numerusform>
            <numerusform>There are only %n rows.</numerusform>
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
    <name>RowCountButton</name>
    <message numerus="yes">
        <source>%n row(s)</source>
        <translation>
            <numerusform>%n row</numerusform>
            <numerusform>%n rows</numerusform>
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
    <name>SelectionStatus</name>
    <message numerus="yes">
        <source>%n cell(s) selected</source>
        <translation>
            <numerusform>%n cell selected</numerusform>
            <numerusform>%n cells selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TablePage</name>
    <message numerus="yes">
        <source>%n row(s) of {table} will be deleted.</source>
        <translation>
            <numerusform>%n row of {table} will be deleted.</numerusform>
            <numerusform>%n rows of {table} will be deleted.</numerusform>
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
</TS>
