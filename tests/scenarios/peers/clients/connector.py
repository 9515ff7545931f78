"""Google's Python connector as its documentation shows it: one connection with psycopg, one query.

Exits with 1 and the exception as an app's log would end with it.
"""

import os
import sys

from google.cloud.sql.connector import Connector, IPTypes


def main() -> None:
    """Connect as the environment says."""
    login: dict[str, object] = {"user": os.environ["POSTGRES_USER"], "db": os.environ.get("POSTGRES_DB") or None}
    by_token = os.environ["LOGIN"] == "iam"
    login |= {"enable_iam_auth": True} if by_token else {"password": os.environ.get("POSTGRES_PASSWORD")}
    with Connector(ip_type=IPTypes[os.environ["IP_TYPE"].upper()]) as connector:
        connection = connector.connect(os.environ["INSTANCE_CONNECTION_NAME"], "psycopg", **login)
        connection.execute("SELECT 1")
        connection.close()


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # noqa: BLE001 - which exception an app would see is the answer
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        # At once: what its background tasks say about being ended is not what an app would see.
        os._exit(1)
