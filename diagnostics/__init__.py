"""cloudsql-diag: walk the path from a container to its Cloud SQL database and name what is broken.

Layers, imports point one way: ``core`` and ``wire`` are pure; ``ports`` describes the outside; ``check`` declares
what a check is; ``checks`` holds them; ``adapters`` implement the ports; ``runner`` and ``monitor`` run checks they
are handed; ``surfaces`` are views of a report; ``app`` puts everything together. ``lab`` is the stand-in cloud.
"""

__version__ = "0.1.0"
