"""How real products and frameworks say where their database is: an environment for any place, one row a form.

``FORMS`` is for every test that must hold for all of them. A row names the routes that its app can be told.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from diagnostics.core.model import Route

SOCKET, DIRECT, CONNECTOR = Route.SOCKET, Route.DIRECT, Route.CONNECTOR
ANY_HOST = (SOCKET, DIRECT)


@dataclass(frozen=True)
class At:
    """A place and who logs in there. ``host`` is an address or name, or the directory of the socket."""

    route: Route = DIRECT
    host: str = "10.1.2.3"
    port: int = 5432
    instance: str = "acme-prod:europe-west1:orders"
    database: str = "orders"
    user: str = "app"
    password: str = "kT8v-Qm2"


@dataclass(frozen=True)
class Form:
    """One way to say it; ``build`` gives the environment of a place on one of ``routes``."""

    name: str
    routes: tuple[Route, ...]
    build: Callable[[At], Mapping[str, str]]

    def __repr__(self) -> str:
        return self.name


def _q(text: str) -> str:
    return quote(text, safe="")


def url(at: At, scheme: str = "postgresql", *options: str, socket_option: str = "host") -> str:
    """A URL whose socket is a parameter, as most libraries take it."""
    who = f"{scheme}://{_q(at.user)}:{_q(at.password)}@"
    if at.route is SOCKET:
        said = (f"{socket_option}={at.host}", *options)
        return f"{who}/{_q(at.database)}?{'&'.join(said)}"
    return f"{who}{at.host}:{at.port}/{_q(at.database)}" + (f"?{'&'.join(options)}" if options else "")


def encoded(at: At, scheme: str = "postgres") -> str:
    """A URL whose socket is its host, percent-encoded."""
    return f"{scheme}://{_q(at.user)}:{_q(at.password)}@{_q(at.host)}/{_q(at.database)}"


def slashed(at: At) -> str:
    """Google's form for Django."""
    return f"postgres://{_q(at.user)}:{_q(at.password)}@/{at.host}/{_q(at.database)}"


def jdbc(at: At, prefix: str = "jdbc:", *, who: bool = False) -> str:
    """JDBC, where the user stands beside it or in it."""
    said = [f"user={_q(at.user)}", f"password={_q(at.password)}"] if who else []
    if at.route is DIRECT:
        return f"{prefix}postgresql://{at.host}:{at.port}/{at.database}" + (f"?{'&'.join(said)}" if said else "")
    said += ["socketFactory=com.google.cloud.sql.postgres.SocketFactory", f"cloudSqlInstance={at.instance}"]
    said += [f"unixSocketPath={at.host}"] if at.route is SOCKET else []
    return f"{prefix}postgresql:///{at.database}?{'&'.join(said)}"


def r2dbc(at: At) -> str:
    """R2DBC, with credentials before the host."""
    who = f"{_q(at.user)}:{_q(at.password)}@"
    if at.route is CONNECTOR:
        return f"r2dbc:gcp:postgresql://{who}{at.instance}/{at.database}"
    return f"r2dbc:postgresql://{who}{at.host}:{at.port}/{at.database}"


def pairs(at: At, *more: str) -> str:
    """Libpq's pairs."""
    password = at.password.replace("\\", "\\\\").replace("'", "\\'")
    port = [] if at.route is SOCKET else [f"port={at.port}"]
    return " ".join(
        [f"host={at.host}", *port, f"user={at.user}", f"password='{password}'", f"dbname={at.database}", *more]
    )


def net(at: At, host: str = "Host", user: str = "Username", *more: str) -> str:
    """.NET's pairs."""
    port = [] if at.route is SOCKET else [f"Port={at.port}"]
    return ";".join(
        [f"{host}={at.host}", *port, f"Database={at.database}", f"{user}={at.user}", f"Password={at.password}", *more]
    )


def document(at: At, **names: str) -> str:
    """A JSON object with the names that a product has."""
    port: dict[str, object] = {} if at.route is SOCKET else {names.get("port", "port"): at.port}
    return json.dumps(
        {
            names.get("host", "host"): at.host,
            names.get("database", "database"): at.database,
            names.get("user", "username"): at.user,
            names.get("password", "password"): at.password,
        }
        | port
    )


_IN_JSON = {"host": "DB_HOST", "port": "DB_PORT", "database": "DB_NAME", "user": "DB_USER", "password": "DB_PASSWORD"}


def _semicolons(at: At) -> str:
    port = "" if at.route is SOCKET else f";port={at.port}"
    return f"dbname={at.database};host={at.host}{port}"


def _beside(prefix: str, dsn: str, at: At) -> Mapping[str, str]:
    return {f"{prefix}_DSN": dsn, f"{prefix}_USER": at.user, f"{prefix}_PASSWORD": at.password}


def _odbc(at: At) -> str:
    password = at.password.replace("}", "}}")
    port = "" if at.route is SOCKET else f"PORT={at.port};"
    who = f"UID={at.user};PWD={{{password}}}"
    return f"DRIVER={{PostgreSQL ANSI}};SERVER={at.host};{port}DATABASE={at.database};{who};SSLmode=prefer"


def group(prefix: str, names: str, **more: str) -> Callable[[At], Mapping[str, str]]:
    """Variables with one prefix: the endings for host, port, database, user and password, ``-`` for none."""

    def build(at: At) -> Mapping[str, str]:
        texts = (at.host, str(at.port), at.database, at.user, at.password)
        found = {prefix + name: text for name, text in zip(names.split(), texts, strict=True) if name != "-"}
        return found | more

    return build


def joined(prefix: str, names: str, **more: str) -> Callable[[At], Mapping[str, str]]:
    """The same where the host's variable holds the port, too."""

    def build(at: At) -> Mapping[str, str]:
        place = at.host if at.route is SOCKET else f"{at.host}:{at.port}"
        texts = (place, at.database, at.user, at.password)
        return {prefix + name: text for name, text in zip(names.split(), texts, strict=True)} | more

    return build


def in_url(name: str, *options: str, scheme: str = "postgresql", **more: str) -> Callable[[At], Mapping[str, str]]:
    """One variable with a URL."""
    return lambda at: {name: url(at, scheme, *options)} | more


def of_jdbc(name: str, user: str, password: str, **more: str) -> Callable[[At], Mapping[str, str]]:
    """JDBC in one variable, who logs in in two others."""
    return lambda at: {name: jdbc(at), user: at.user, password: at.password} | more


def _instance(name: str, database: str, user: str, password: str) -> Callable[[At], Mapping[str, str]]:
    return lambda at: {name: at.instance, database: at.database, user: at.user, password: at.password}


def _toolbox(at: At) -> Mapping[str, str]:
    project, region, name = at.instance.rsplit(":", 2)
    prefix = "CLOUD_SQL_POSTGRES_"
    said = {"PROJECT": project, "REGION": region, "INSTANCE": name, "DATABASE": at.database, "USER": at.user}
    return {prefix + key: text for key, text in (said | {"PASSWORD": at.password}).items()}


def _nocodb(at: At) -> Mapping[str, str]:
    return {"NC_DB": f"pg://{at.host}:{at.port}?u={_q(at.user)}&p={_q(at.password)}&d={at.database}"}


def _penpot(at: At) -> Mapping[str, str]:
    plain = f"postgresql://{at.host}:{at.port}/{at.database}"
    return {"PENPOT_DATABASE_URI": plain, "PENPOT_DATABASE_USERNAME": at.user, "PENPOT_DATABASE_PASSWORD": at.password}


def _sentry(at: At) -> Mapping[str, str]:
    who = {"SENTRY_DB_NAME": at.database, "SENTRY_DB_USER": at.user, "SENTRY_DB_PASSWORD": at.password}
    return {"SENTRY_POSTGRES_HOST": at.host, "SENTRY_POSTGRES_PORT": str(at.port)} | who


def _temporal(at: At) -> Mapping[str, str]:
    who = {"POSTGRES_USER": at.user, "POSTGRES_PWD": at.password, "DBNAME": at.database}
    return {"DB": "postgres12", "DB_PORT": str(at.port), "POSTGRES_SEEDS": at.host} | who


def _spring_cloud(at: At) -> Mapping[str, str]:
    place = {"INSTANCE_CONNECTION_NAME": at.instance, "DATABASE_NAME": at.database, "IP_TYPES": "PRIVATE"}
    who = {"SPRING_DATASOURCE_USERNAME": at.user, "SPRING_DATASOURCE_PASSWORD": at.password}
    return {f"SPRING_CLOUD_GCP_SQL_{name}": text for name, text in place.items()} | who


def _spring_expanded(at: At) -> Mapping[str, str]:
    plain = "jdbc:postgresql://${DB_HOST}:${DB_PORT:5432}/${DB_NAME}"
    parts = {"DB_HOST": at.host, "DB_PORT": str(at.port), "DB_NAME": at.database}
    who = {"SPRING_DATASOURCE_USERNAME": at.user, "SPRING_DATASOURCE_PASSWORD": at.password}
    return {"SPRING_DATASOURCE_URL": plain} | who | parts


def _spring_json(at: At) -> Mapping[str, str]:
    source = {"url": jdbc(at), "username": at.user, "password": at.password}
    return {"SPRING_APPLICATION_JSON": json.dumps({"spring": {"datasource": source}})}


def _broker(at: At) -> Mapping[str, str]:
    service = {"name": "orders-db", "credentials": {"uri": url(at, "postgres")}}
    return {"VCAP_SERVICES": json.dumps({"redis": [{"credentials": {"host": "r"}}], "postgresql": [service]})}


def _keycloak(at: At) -> Mapping[str, str]:
    place = {"HOST": at.host, "PORT": str(at.port), "DATABASE": at.database}
    who = {"KC_DB": "postgres", "KC_DB_USERNAME": at.user, "KC_DB_PASSWORD": at.password}
    return {f"KC_DB_URL_{name}": text for name, text in place.items()} | who


def _databases(at: At) -> Mapping[str, str]:
    plain = json.loads(document(at, host="HOST", port="PORT", database="NAME", user="USER", password="PASSWORD"))
    return {"DATABASES": json.dumps({"default": plain | {"ENGINE": "django.db.backends.postgresql"}})}


def _go_samples(at: At) -> Mapping[str, str]:
    return {**_socket_variable(at), "INSTANCE_UNIX_SOCKET": "", "DB_SOCKET_DIR": "/cloudsql"} | {
        "INSTANCE_CONNECTION_NAME": at.instance
    }


def _socket_variable(at: At) -> Mapping[str, str]:
    return {"INSTANCE_UNIX_SOCKET": at.host, "DB_USER": at.user, "DB_PASS": at.password, "DB_NAME": at.database}


def _node_path(at: At) -> Mapping[str, str]:
    return {"DATABASE_URL": f"socket://{_q(at.user)}:{_q(at.password)}@{at.host}?db={at.database}"}


def _cdk(at: At) -> Mapping[str, str]:
    place = at.instance.replace(":", "/")
    return {"ORDERS_DB_URL": f"gcppostgres://{_q(at.user)}:{_q(at.password)}@{place}/{at.database}"}


_USUAL = "HOST PORT NAME USER PASSWORD"

FORMS: tuple[Form, ...] = tuple(
    Form(name, routes, build)
    for name, routes, build in (
        # --- URLs, by who reads them
        ("Django, dj-database-url", ANY_HOST, in_url("DATABASE_URL", scheme="postgres")),
        ("Django, conn_max_age", ANY_HOST, in_url("DATABASE_URL", "conn_max_age=600", "conn_health_checks=true")),
        ("GeoDjango", ANY_HOST, in_url("DATABASE_URL", scheme="postgis")),
        ("Google's Django codelab", (SOCKET,), lambda at: {"DATABASE_URL": slashed(at)}),
        ("sqlx, diesel, SeaORM", (SOCKET,), lambda at: {"DATABASE_URL": encoded(at)}),
        ("Heroku, Fly, Vaultwarden, Miniflux, Outline", ANY_HOST, in_url("DATABASE_URL", scheme="postgres")),
        (
            "Rails, pool",
            ANY_HOST,
            in_url("DATABASE_URL", "pool=5", "reaping_frequency=10", "prepared_statements=false"),
        ),
        ("Doctrine", ANY_HOST, in_url("DATABASE_URL", "serverVersion=16", "charset=utf8")),
        ("node-postgres", ANY_HOST, in_url("DATABASE_URL", "sslmode=no-verify", "uselibpqcompat=true")),
        ("Prisma", ANY_HOST, in_url("DATABASE_URL", "schema=public", "connection_limit=5", "pgbouncer=true")),
        ("pgx, sqlc, ent", ANY_HOST, in_url("DATABASE_URL", "pool_max_conns=10", scheme="postgres")),
        ("golang-migrate, pgx5", ANY_HOST, in_url("POSTGRESQL_URL", "x-migrations-table=m", scheme="pgx5")),
        ("Ecto: Phoenix, Plausible", (DIRECT,), in_url("DATABASE_URL", scheme="ecto")),
        ("SQLAlchemy, psycopg", ANY_HOST, in_url("DATABASE_URL", scheme="postgresql+psycopg")),
        ("SQLAlchemy, psycopg2", ANY_HOST, in_url("SQLALCHEMY_DATABASE_URL", scheme="postgresql+psycopg2")),
        ("SQLAlchemy, asyncpg", ANY_HOST, in_url("DATABASE_URL", scheme="postgresql+asyncpg")),
        ("Flask, pg8000", (DIRECT,), in_url("SQLALCHEMY_DATABASE_URI", scheme="postgresql+pg8000")),
        (
            "Flask, pg8000 at a socket's file",
            (SOCKET,),
            lambda at: {
                "DATABASE_URI": f"postgresql+pg8000://{_q(at.user)}:{_q(at.password)}@/{at.database}"
                f"?unix_sock={at.host}/.s.PGSQL.5432"
            },
        ),
        ("Postgrex", (SOCKET,), lambda at: {"DATABASE_URL": url(at, "ecto", socket_option="socket_dir")}),
        ("Django's DATABASES", ANY_HOST, _databases),
        ("Tortoise ORM", (DIRECT,), in_url("DB_URL", scheme="asyncpg")),
        ("node's socket scheme", (SOCKET,), _node_path),
        ("Airflow", ANY_HOST, in_url("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", scheme="postgresql+psycopg2")),
        ("Hasura", ANY_HOST, in_url("HASURA_GRAPHQL_DATABASE_URL", scheme="postgres")),
        ("Hasura's metadata", ANY_HOST, in_url("HASURA_GRAPHQL_METADATA_DATABASE_URL", scheme="postgres")),
        ("PostgREST", ANY_HOST, in_url("PGRST_DB_URI")),
        ("Supabase", ANY_HOST, in_url("SUPABASE_DB_URL")),
        ("Vercel", ANY_HOST, in_url("POSTGRES_PRISMA_URL", "pgbouncer=true")),
        (
            "Mattermost",
            ANY_HOST,
            in_url("MM_SQLSETTINGS_DATASOURCE", "connect_timeout=10", MM_SQLSETTINGS_DRIVERNAME="postgres"),
        ),
        ("Prefect", (DIRECT,), in_url("PREFECT_API_DATABASE_CONNECTION_URL", scheme="postgresql+asyncpg")),
        ("MLflow", ANY_HOST, in_url("MLFLOW_BACKEND_STORE_URI", scheme="postgresql+psycopg2")),
        ("Jupyterhub", ANY_HOST, in_url("JUPYTERHUB_DB_URL")),
        ("Metabase's URI", ANY_HOST, in_url("MB_DB_CONNECTION_URI", scheme="postgres")),
        ("Heroku's coloured database", ANY_HOST, in_url("HEROKU_POSTGRESQL_BRONZE_URL", scheme="postgres")),
        ("Ory: Hydra, Kratos", ANY_HOST, in_url("DSN", "max_conns=20", scheme="postgres")),
        ("Redash", ANY_HOST, in_url("REDASH_DATABASE_URL")),
        ("LLDAP", ANY_HOST, in_url("LLDAP_DATABASE_URL", scheme="postgres")),
        ("Lemmy", ANY_HOST, in_url("LEMMY_DATABASE_URL", scheme="postgres")),
        ("Payload", ANY_HOST, in_url("DATABASE_URI")),
        ("SpiceDB", ANY_HOST, in_url("SPICEDB_DATASTORE_CONN_URI", SPICEDB_DATASTORE_ENGINE="postgres")),
        ("OpenFGA", ANY_HOST, in_url("OPENFGA_DATASTORE_URI", OPENFGA_DATASTORE_ENGINE="postgres")),
        ("Coder", ANY_HOST, in_url("CODER_PG_CONNECTION_URL", scheme="postgres")),
        ("Infisical", ANY_HOST, in_url("DB_CONNECTION_URI")),
        (
            "Woodpecker, Drone",
            ANY_HOST,
            in_url("WOODPECKER_DATABASE_DATASOURCE", WOODPECKER_DATABASE_DRIVER="postgres"),
        ),
        ("an app's own prefix", ANY_HOST, in_url("OCHAKAI_DATABASE_URL", scheme="postgres")),
        ("Penpot", (DIRECT,), _penpot),
        ("NocoDB", (DIRECT,), _nocodb),
        ("Go CDK", (CONNECTOR,), _cdk),
        # --- Java
        (
            "Spring Boot",
            tuple(Route),
            of_jdbc("SPRING_DATASOURCE_URL", "SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD"),
        ),
        ("Spring Boot, JSON", tuple(Route), _spring_json),
        ("Spring Boot, expanded", (DIRECT,), _spring_expanded),
        ("Spring Boot, reactive", (DIRECT, CONNECTOR), lambda at: {"SPRING_R2DBC_URL": r2dbc(at)}),
        ("Spring Cloud GCP", (CONNECTOR,), _spring_cloud),
        (
            "Quarkus",
            tuple(Route),
            of_jdbc("QUARKUS_DATASOURCE_JDBC_URL", "QUARKUS_DATASOURCE_USERNAME", "QUARKUS_DATASOURCE_PASSWORD"),
        ),
        (
            "Micronaut",
            tuple(Route),
            of_jdbc("DATASOURCES_DEFAULT_URL", "DATASOURCES_DEFAULT_USERNAME", "DATASOURCES_DEFAULT_PASSWORD"),
        ),
        ("Ktor, Exposed", tuple(Route), lambda at: {"JDBC_DATABASE_URL": jdbc(at, who=True)}),
        ("OpenTelemetry's JDBC", tuple(Route), lambda at: {"DB_JDBC_URL": jdbc(at, "jdbc:otel:", who=True)}),
        ("Keycloak", tuple(Route), of_jdbc("KC_DB_URL", "KC_DB_USERNAME", "KC_DB_PASSWORD", KC_DB="postgres")),
        ("Keycloak by parts", (DIRECT,), _keycloak),
        ("SonarQube", (DIRECT, CONNECTOR), of_jdbc("SONAR_JDBC_URL", "SONAR_JDBC_USERNAME", "SONAR_JDBC_PASSWORD")),
        ("Flyway", (DIRECT, CONNECTOR), of_jdbc("FLYWAY_URL", "FLYWAY_USER", "FLYWAY_PASSWORD")),
        (
            "Liquibase",
            (DIRECT, CONNECTOR),
            of_jdbc("LIQUIBASE_COMMAND_URL", "LIQUIBASE_COMMAND_USERNAME", "LIQUIBASE_COMMAND_PASSWORD"),
        ),
        ("Airbyte", (DIRECT, CONNECTOR), of_jdbc("DATABASE_URL", "DATABASE_USER", "DATABASE_PASSWORD")),
        (
            "Rundeck",
            (DIRECT,),
            of_jdbc("RUNDECK_DATABASE_URL", "RUNDECK_DATABASE_USERNAME", "RUNDECK_DATABASE_PASSWORD"),
        ),
        ("FROST", (SOCKET, CONNECTOR), lambda at: {"DATABASE_URL": jdbc(at, who=True)}),
        # --- pairs and objects
        (
            "Go, lib/pq and gorm",
            ANY_HOST,
            lambda at: {"DB_DSN": pairs(at, "sslmode=disable", "TimeZone=Europe/Berlin")},
        ),
        (
            "Gotify",
            ANY_HOST,
            lambda at: {"GOTIFY_DATABASE_CONNECTION": pairs(at), "GOTIFY_DATABASE_DIALECT": "postgres"},
        ),
        (
            "PDO",
            ANY_HOST,
            lambda at: {"DATABASE_DSN": f"pgsql:{net(at, 'host', 'user').replace('Database', 'dbname')}"},
        ),
        ("EF Core, Npgsql", ANY_HOST, lambda at: {"ConnectionStrings__DefaultConnection": net(at)}),
        (
            "Dapper, Npgsql",
            ANY_HOST,
            lambda at: {"ConnectionStrings__Orders": net(at, "Server", "User Id", "SSL Mode=Prefer")},
        ),
        ("Npgsql in DATABASE_URL", ANY_HOST, lambda at: {"DATABASE_URL": net(at, "Server", "User Id")}),
        ("a secret as JSON", ANY_HOST, lambda at: {"DB_SECRET": document(at, database="dbname")}),
        (
            "knex's object",
            ANY_HOST,
            lambda at: {
                "NC_DB_JSON": json.dumps({"client": "pg", "connection": json.loads(document(at, user="user"))})
            },
        ),
        ("Cloud Foundry", (DIRECT,), _broker),
        # --- groups
        ("FastAPI's template", ANY_HOST, group("POSTGRES_", "SERVER PORT DB USER PASSWORD")),
        ("Nextcloud, Backstage, Retool", ANY_HOST, group("POSTGRES_", "HOST PORT DB USER PASSWORD")),
        ("Chatwoot", ANY_HOST, group("POSTGRES_", "HOST PORT DATABASE USERNAME PASSWORD")),
        (
            "Strapi",
            ANY_HOST,
            group("DATABASE_", "HOST PORT NAME USERNAME PASSWORD", DATABASE_CLIENT="postgres", DATABASE_SSL="false"),
        ),
        ("Superset", ANY_HOST, group("DATABASE_", "HOST PORT DB USER PASSWORD", DATABASE_DIALECT="postgresql")),
        ("Laravel", ANY_HOST, group("DB_", "HOST PORT DATABASE USERNAME PASSWORD", DB_CONNECTION="pgsql")),
        ("Directus", ANY_HOST, group("DB_", "HOST PORT DATABASE USER PASSWORD", DB_CLIENT="pg")),
        ("Wiki.js, Mastodon", ANY_HOST, group("DB_", "HOST PORT NAME USER PASS", DB_TYPE="postgres")),
        ("libpq", ANY_HOST, group("PG", "HOST PORT DATABASE USER PASSWORD")),
        ("ToolJet", ANY_HOST, group("PG_", "HOST PORT DB USER PASS")),
        ("TypeORM", ANY_HOST, group("TYPEORM_", "HOST PORT DATABASE USERNAME PASSWORD", TYPEORM_CONNECTION="postgres")),
        (
            "Django's tutorial",
            ANY_HOST,
            group("SQL_", "HOST PORT DATABASE USER PASSWORD", SQL_ENGINE="django.db.backends.postgresql"),
        ),
        ("Metabase", ANY_HOST, group("MB_DB_", "HOST PORT DBNAME USER PASS", MB_DB_TYPE="postgres")),
        ("Grafana", ANY_HOST, joined("GF_DATABASE_", "HOST NAME USER PASSWORD", GF_DATABASE_TYPE="postgres")),
        ("Gitea", ANY_HOST, joined("GITEA__database__", "HOST NAME USER PASSWD", GITEA__database__DB_TYPE="postgres")),
        ("GitLab by chart", ANY_HOST, group("GITLAB_DATABASE_", "HOST PORT DATABASE USERNAME PASSWORD")),
        ("n8n", ANY_HOST, group("DB_POSTGRESDB_", "HOST PORT DATABASE USER PASSWORD", DB_TYPE="postgresdb")),
        ("Discourse", ANY_HOST, group("DISCOURSE_DB_", "HOST PORT NAME USERNAME PASSWORD")),
        ("Kong", ANY_HOST, group("KONG_PG_", "HOST PORT DATABASE USER PASSWORD", KONG_DATABASE="postgres")),
        ("authentik", ANY_HOST, group("AUTHENTIK_POSTGRESQL__", _USUAL)),
        (
            "Zitadel",
            ANY_HOST,
            group("ZITADEL_DATABASE_POSTGRES_", "HOST PORT DATABASE USER_USERNAME USER_PASSWORD"),
        ),
        ("Authelia", (DIRECT,), joined("AUTHELIA_STORAGE_POSTGRES_", "ADDRESS DATABASE USERNAME PASSWORD")),
        ("Concourse", ANY_HOST, group("CONCOURSE_POSTGRES_", "HOST PORT DATABASE USER PASSWORD")),
        ("Dagster", ANY_HOST, group("DAGSTER_POSTGRES_", "HOST PORT DB USER PASSWORD")),
        ("Redmine", ANY_HOST, group("REDMINE_DB_", "POSTGRES PORT DATABASE USERNAME PASSWORD")),
        ("Paperless", ANY_HOST, group("PAPERLESS_DB", "HOST PORT NAME USER PASS", PAPERLESS_DBENGINE="postgresql")),
        ("listmonk", ANY_HOST, group("LISTMONK_db__", "host port database user password")),
        (
            "Vikunja",
            ANY_HOST,
            joined("VIKUNJA_DATABASE_", "HOST DATABASE USER PASSWORD", VIKUNJA_DATABASE_TYPE="postgres"),
        ),
        ("Harbor", ANY_HOST, group("POSTGRESQL_", "HOST PORT DATABASE USERNAME PASSWORD")),
        ("Bitnami's Keycloak", ANY_HOST, group("KEYCLOAK_DATABASE_", _USUAL)),
        ("Bitnami's Airflow", ANY_HOST, group("AIRFLOW_DATABASE_", "HOST PORT_NUMBER NAME USERNAME PASSWORD")),
        ("PeerTube", ANY_HOST, group("PEERTUBE_DB_", "HOSTNAME PORT NAME USERNAME PASSWORD")),
        ("Cube", ANY_HOST, group("CUBEJS_DB_", "HOST PORT NAME USER PASS", CUBEJS_DB_TYPE="postgres")),
        ("Flagsmith", ANY_HOST, group("DJANGO_DB_", _USUAL)),
        ("Tiny Tiny RSS", ANY_HOST, group("TTRSS_DB_", "HOST PORT NAME USER PASS")),
        ("dbt", ANY_HOST, group("DBT_POSTGRES_", "HOST PORT DBNAME USER PASSWORD")),
        ("kebab case", ANY_HOST, group("app-db-", "host port name username password")),
        ("capitals between words", ANY_HOST, group("ordersDb", "Host Port Name UserName Password")),
        ("no line at all", ANY_HOST, group("db", "host port name user password")),
        (
            "credentials in a table of their own",
            ANY_HOST,
            group("APP__DATABASE__", "HOST PORT NAME CREDENTIALS__USERNAME CREDENTIALS__PASSWORD"),
        ),
        ("Rust's config", ANY_HOST, group("APP_DATABASE__", "HOST PORT DATABASE_NAME USERNAME PASSWORD")),
        ("Helm's external database", ANY_HOST, group("EXTERNAL_DATABASE_", _USUAL)),
        ("Ruby's PG_", ANY_HOST, group("PG_", "HOST PORT DATABASE USER PASSWORD")),
        ("Elixir's release", ANY_HOST, group("DATABASE_", "HOSTNAME PORT NAME USERNAME PASSWORD", POOL_SIZE="10")),
        ("Immich", ANY_HOST, group("DB_", "HOSTNAME PORT DATABASE_NAME USERNAME PASSWORD")),
        ("variables in a JSON object", ANY_HOST, lambda at: {"CONFIG": document(at, **_IN_JSON)}),
        ("a URL in a JSON object", (DIRECT,), lambda at: {"SECRETS": json.dumps({"A": "b", "DATABASE_URL": url(at)})}),
        (
            "several services in a JSON object",
            ANY_HOST,
            lambda at: {"SERVICES": json.dumps({"redis": {"host": "r"}, "database": json.loads(document(at))})},
        ),
        (
            "Spring's Hikari",
            (DIRECT,),
            lambda at: {
                "SPRING_DATASOURCE_HIKARI_JDBC_URL": jdbc(at),
                "SPRING_DATASOURCE_USERNAME": at.user,
                "SPRING_DATASOURCE_PASSWORD": at.password,
            },
        ),
        ("Quarkus, reactive", (DIRECT,), lambda at: {"REACTIVE_URL": f"vertx-reactive:{url(at)}"}),
        ("JDBC, wrapped", (DIRECT,), lambda at: {"JDBC": jdbc(at, "jdbc:aws-wrapper:", who=True)}),
        ("R2DBC, pooled", (DIRECT,), lambda at: {"R2DBC_URL": f"r2dbc:pool:{url(at)}"}),
        ("ODBC", ANY_HOST, lambda at: {"ODBC": "Driver={PostgreSQL Unicode(x64)};" + net(at, "Server", "Uid")}),
        ("ODBC, in braces", ANY_HOST, lambda at: {"ODBC_DSN": _odbc(at)}),
        ("PDO, user beside it", ANY_HOST, lambda at: _beside("APP_PDO", f"pgsql:{_semicolons(at)}", at)),
        ("DBI", ANY_HOST, lambda at: _beside("BLOG", f"dbi:Pg:{_semicolons(at)}", at)),
        ("DBI with attributes", ANY_HOST, lambda at: _beside("BLOG", f"dbi:Pg(RaiseError=>1):{_semicolons(at)}", at)),
        (
            "sqlx, with dashes",
            (DIRECT,),
            lambda at: {"DATABASE_URL": url(at, "postgres", "statement-cache-capacity=0")},
        ),
        ("SQLAlchemy, psycopg async", (DIRECT,), lambda at: {"DATABASE_URL": url(at, "postgresql+psycopg_async")}),
        ("Doctrine's PDO", (DIRECT,), lambda at: {"DATABASE_URL": url(at, "pdo-pgsql")}),
        (
            "Symfony's references",
            (DIRECT,),
            lambda at: {
                "APP_URL": f"postgresql://%env(LOGIN)%:{_q(at.password)}@%env(resolve:PLACE)%:{at.port}/{at.database}",
                "LOGIN": at.user,
                "PLACE": at.host,
            },
        ),
        (
            "Prisma Accelerate",
            (DIRECT,),
            lambda at: {"DATABASE_URL": "prisma://accelerate.prisma-data.net/?api_key=x", "DIRECT_URL": url(at)},
        ),
        ("Hangfire", ANY_HOST, lambda at: {"Hangfire__ConnectionString": net(at, "Host", "User ID", "Pooling=true;")}),
        (".NET's colon", ANY_HOST, lambda at: {"ConnectionStrings:Orders": net(at)}),
        ("dbt, plain", ANY_HOST, group("DBT_", "HOST PORT DBNAME USER PASSWORD")),
        ("PgBouncer's", ANY_HOST, group("PGBOUNCER_", "HOST PORT DATABASE USER PASSWORD")),
        ("Node-Config", ANY_HOST, group("Orders__Database__", "Host Port Name User Password")),
        ("an app's group", ANY_HOST, group("ACME_ORDERS_DB_", "HOSTNAME PORT NAME USER PWD")),
        ("Sentry", ANY_HOST, _sentry),
        ("Temporal", (DIRECT,), _temporal),
        # --- an instance's name or a socket
        (
            "Google's Go samples",
            (SOCKET,),
            _go_samples,
        ),
        (
            "Go's connector",
            (CONNECTOR,),
            lambda at: {"DB_DSN": pairs(replace(at, host=at.instance), "sslmode=disable")},
        ),
        (
            "Google's samples, connector",
            (CONNECTOR,),
            _instance("INSTANCE_CONNECTION_NAME", "DB_NAME", "DB_USER", "DB_PASS"),
        ),
        ("Google's samples, socket", (SOCKET,), _socket_variable),
        (
            "Google's old samples",
            (SOCKET,),
            _instance("CLOUDSQL_CONNECTION_NAME", "CLOUDSQL_DATABASE", "CLOUDSQL_USER", "CLOUDSQL_PASSWORD"),
        ),
        (
            "CLOUD_SQL_CONNECTION_NAME",
            (CONNECTOR,),
            _instance("CLOUD_SQL_CONNECTION_NAME", "DB_NAME", "DB_USER", "DB_PASSWORD"),
        ),
        (
            "an instance beside a family",
            (CONNECTOR,),
            _instance("ORDERS_SQL_INSTANCE", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"),
        ),
        ("MCP Toolbox", (CONNECTOR,), _toolbox),
    )
)
