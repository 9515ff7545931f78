"""Why a Cloud Run service cannot reach its Cloud SQL database, and what to do about it."""

__version__ = "0.1.0"
