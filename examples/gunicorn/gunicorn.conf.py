"""Two workers, with our hooks: a worker that is killed says which limit was open."""

from diagnostics.startup.gunicorn import post_fork, worker_abort

__all__ = ["post_fork", "worker_abort"]

workers = 2
