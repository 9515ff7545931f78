"""All prose of the program: causes, findings, facts, checks. Nothing else writes a sentence.

Titles and sentences are fragments in lower case, without a full stop: they stand in columns, after labels and in lists.
Modules are imported one by one where they are used, so that a healthy run loads only what it says.
"""
