"""What a server says when it turns a session away, and what that means.

``refusal`` names the kinds, ``sayings`` is the table from a server's words to a kind, ``meanings`` the one from a kind
to a cause. A new saying is one row of the first table, a new kind one row of both.
"""
