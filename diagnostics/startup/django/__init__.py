"""For Django: ``INSTALLED_APPS += ["diagnostics.startup.django"]``.

``manage.py check --database default`` then tries the database and says why it cannot be reached, and ``manage.py
cloudsql_diag`` does the same by itself. Nothing is tried when the app is loaded: a build has no database.
"""
