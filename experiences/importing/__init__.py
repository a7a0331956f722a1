"""The import of experience sheets from a spreadsheet, in three steps that a command or a screen can call.

1. `tables.parse`: the bytes of a file → a table, whatever its separator, encoding or extension.
2. `rows.read`: the table → drafts, and what is wrong by line and column. Nothing is written.
3. `actions.foresee` or `actions.import_drafts`: the drafts → sheets in the inventory, all of them or none.

`files` has the verbs of an import that somebody follows on screen: there rows are kept, checked and written some at a time.
`prose` and `story` say what an editor wrote as one writes it in a cell, and read it back.

What a person who has a spreadsheet must know is in docs/import.md.
"""
