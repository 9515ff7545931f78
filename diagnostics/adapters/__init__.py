"""The only place with sockets, TLS, HTTP, google-auth, DNS packets, drivers and files.

Each module implements one protocol of ``diagnostics.ports``. Whatever is not needed to reach a plain address is
imported where it is used, so that a check of a direct target starts as fast as its driver alone.
"""
