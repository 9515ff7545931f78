"""Flask with SQLAlchemy: the database is reached before the server listens, so the platform's probe is honest."""

import os

from flask import Flask
from sqlalchemy import URL, Engine, create_engine, text

from diagnostics import startup
from diagnostics.startup.sqlalchemy import instrument

ledger = startup.Ledger()
app = Flask(__name__)


def open_engine() -> Engine:
    """An engine that has been reached once."""
    url = URL.create(
        "postgresql+psycopg",
        host=os.environ["POSTGRES_HOST"],
        port=int(os.environ.get("POSTGRES_PORT", "5432")),
        database=os.environ["POSTGRES_DB"],
        username=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
    )
    engine = instrument(create_engine(url, pool_pre_ping=True), ledger)
    engine.connect().close()
    return engine


@app.get("/")
def one() -> dict[str, int]:
    """A row, to show that it works."""
    with app.config["engine"].connect() as connection:
        return {"one": connection.execute(text("SELECT 1")).scalar_one()}


def main() -> None:
    """Start: the database first, then the server."""
    with startup.guard(ledger=ledger), ledger.limit("init", 15.0, source="app.py"):
        app.config["engine"] = startup.connect_sync(open_engine, ledger=ledger)
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))


if __name__ == "__main__":
    main()
