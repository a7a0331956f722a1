"""The import of experience sheets from a spreadsheet, in three steps that a command or a screen can call.

1. `tables.parse`: the bytes of a file → a table, whatever its separator, encoding or extension.
2. `rows.read`: the table → drafts, and what is wrong by line and column. Nothing is written.
3. `actions.foresee` or `actions.import_drafts`: the drafts → sheets in the inventory, all of them or none.

What a person who has a spreadsheet must know is in docs/import.md.
"""
