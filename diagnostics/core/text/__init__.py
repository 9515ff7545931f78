"""From pasted text to the causes that can produce it. Pure; the patterns are data of the catalogue.

``reading`` makes comparable lines of a log, ``matching`` finds patterns and places in them, ``classify`` ranks causes.
What comes out names patterns and line numbers and repeats nothing of the text: it may hold anything, secrets too.
"""
