"""The families of variables that are known, best known first: who sets them, and what the app makes of them.

A row says what the general scan cannot see: that a family goes before others, that names without a common prefix belong
together, what the app does differently, and where all that is written. Whatever is not here is found by its form.
"""

from diagnostics.core.model import Dialect, Route, Value
from diagnostics.settings.options import PREFIX


class Row(Value, frozen=True, kw_only=True):
    """One family."""

    name: str
    """The variable, or the prefix of several with a star."""
    app: str = ""
    source: str = ""
    extra: str = ""
    """Names beside those that have the prefix: ``host=A,B user=C``, the first one that is set counts."""
    only_extra: bool = False
    """Whether the prefix means nothing, and all names are in ``extra``."""
    beside: str = ""
    """The family that says who logs in, where this one says only where."""
    general: bool = False
    """Whether apps of any kind read it: then two of them that name different targets contradict each other."""
    dialect: Dialect | None = None
    """The driver that reads such variables."""
    route: Route | None = None
    """What the app does with an instance connection name that stands without a host."""
    splits_host: bool = False
    """Whether the app takes ``host:port`` apart itself."""
    expands: bool = False
    """Whether the app replaces ``${NAME}`` in it by the variable of that name."""

    @property
    def own(self) -> bool:
        """Whether it is a family of ours: completed or complained about, never passed over."""
        return self.name.startswith(PREFIX)


UNKNOWN = Row(name="")
"""Stands for whatever the scan finds by its form."""


def _row(name: str, app: str, source: str, **more: object) -> Row:
    return Row(name=name, app=app, source=f"https://{source}", **more)  # type: ignore[arg-type]


_SAMPLES = (
    "host=DB_SOCKET,DB_HOST,INSTANCE_HOST,INSTANCE_UNIX_SOCKET user=DB_USER,DB_USERNAME,DB_IAM_USER "
    "sslrootcert=DB_ROOT_CERT sslcert=DB_CERT sslkey=DB_KEY"
)
_GRAFANA = "grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/"
_TEMPORAL = "host=POSTGRES_SEEDS port=DB_PORT database=DBNAME user=POSTGRES_USER password=POSTGRES_PWD"

ROWS = (
    Row(name=f"{PREFIX}URL", app="this tool"),
    Row(name=f"{PREFIX}*", app="this tool", extra=f"port={PREFIX}DB_PORT"),
    _row("DATABASE_URL", "Twelve-factor apps: Django, Rails, Prisma, SQLAlchemy", "12factor.net/config", general=True),
    _row("POSTGRES_URL", "Vercel, Payload, Langchain", "vercel.com/docs/postgres", general=True),
    _row("POSTGRES_*", "PostgreSQL's image, FastAPI's template", "hub.docker.com/_/postgres", general=True),
    _row("DATABASE_*", "Strapi, Superset, Airbyte", "docs.strapi.io/cms/configurations/database", general=True),
    _row(
        "DB_*",
        "Laravel, Directus, Wiki.js, Google's samples",
        "github.com/GoogleCloudPlatform/python-docs-samples/tree/main/cloud-sql/postgres",
        extra=_SAMPLES,
        general=True,
    ),
    _row(
        "PG*",
        "libpq, psycopg, node-postgres, pgx",
        "www.postgresql.org/docs/current/libpq-envars.html",
        general=True,
        dialect=Dialect.PSYCOPG,
    ),
    _row("POSTGRES_PRISMA_URL", "Prisma on Vercel", "www.prisma.io/docs/orm/overview/databases/postgresql"),
    _row("SQLALCHEMY_DATABASE_URI", "Flask-SQLAlchemy", "flask-sqlalchemy.readthedocs.io/en/stable/config/"),
    _row("DATABASE_URI", "Flask, Payload", "payloadcms.com/docs/database/postgres"),
    _row("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "Airflow", "airflow.apache.org/docs/apache-airflow/stable/howto/"),
    _row("HASURA_GRAPHQL_DATABASE_URL", "Hasura", "hasura.io/docs/2.0/deployment/graphql-engine-flags/"),
    _row("POSTGRES_SEEDS", "Temporal", "github.com/temporalio/docker-builds", extra=_TEMPORAL, only_extra=True),
    _row("SPRING_DATASOURCE_*", "Spring Boot", "docs.spring.io/spring-boot/appendix/", expands=True),
    _row("SPRING_DATASOURCE_URL", "Spring Boot", "docs.spring.io/spring-boot/appendix/", expands=True),
    _row("SPRING_R2DBC_URL", "Spring Boot, reactive", "docs.spring.io/spring-boot/appendix/", expands=True),
    _row(
        "SPRING_CLOUD_GCP_SQL_*",
        "Spring Framework on Google Cloud",
        "googlecloudplatform.github.io/spring-cloud-gcp/reference/html/index.html",
        beside="SPRING_DATASOURCE_*",
        route=Route.CONNECTOR,
    ),
    _row("QUARKUS_DATASOURCE_JDBC_URL", "Quarkus", "quarkus.io/guides/datasource", expands=True),
    _row("QUARKUS_DATASOURCE_REACTIVE_URL", "Quarkus, reactive", "quarkus.io/guides/datasource", expands=True),
    _row("KC_DB_*", "Keycloak", "www.keycloak.org/server/db"),
    _row("KC_DB_URL", "Keycloak", "www.keycloak.org/server/db"),
    _row(
        "GF_DATABASE_*", "Grafana", "grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/", splits_host=True
    ),
    _row("GF_DATABASE_URL", "Grafana", _GRAFANA),
    _row("MB_DB_*", "Metabase", "www.metabase.com/docs/latest/configuring-metabase/environment-variables"),
    _row("MB_DB_CONNECTION_URI", "Metabase", "www.metabase.com/docs/latest/configuring-metabase/environment-variables"),
    _row("TYPEORM_*", "TypeORM", "typeorm.io/docs/data-source/data-source-options"),
    _row("SQL_*", "Django, after the usual tutorial", "docs.djangoproject.com/en/stable/ref/databases/"),
    _row(
        "CLOUDSQL_*",
        "Google's samples of App Engine",
        "github.com/GoogleCloudPlatform/python-docs-samples/tree/main/appengine",
        route=Route.SOCKET,
    ),
    _row("CLOUD_SQL_POSTGRES_*", "MCP Toolbox", "github.com/googleapis/genai-toolbox", route=Route.CONNECTOR),
    _row("GITEA__database__*", "Gitea", "docs.gitea.com/installation/install-with-docker", splits_host=True),
    _row("FORGEJO__database__*", "Forgejo", "forgejo.org/docs/latest/admin/installation/docker/", splits_host=True),
    _row("DISCOURSE_DB_*", "Discourse", "github.com/discourse/discourse/blob/main/config/discourse_defaults.conf"),
    _row("MM_SQLSETTINGS_DATASOURCE", "Mattermost", "docs.mattermost.com/configure/"),
    _row("DB_POSTGRESDB_*", "n8n", "docs.n8n.io/hosting/configuration/environment-variables/database/"),
    _row("KONG_PG_*", "Kong", "docs.konghq.com/gateway/latest/reference/configuration/"),
    _row("AUTHENTIK_POSTGRESQL__*", "authentik", "docs.goauthentik.io/install-config/configuration/"),
    _row("ZITADEL_DATABASE_POSTGRES_*", "Zitadel", "zitadel.com/docs/self-hosting/manage/database"),
    _row("AUTHELIA_STORAGE_POSTGRES_*", "Authelia", "www.authelia.com/configuration/storage/", splits_host=True),
    _row("CONCOURSE_POSTGRES_*", "Concourse", "concourse-ci.org/concourse-web.html"),
    _row("DAGSTER_POSTGRES_*", "Dagster", "docs.dagster.io/deployment/oss/deployment-options/docker"),
    _row("PREFECT_API_DATABASE_CONNECTION_URL", "Prefect", "docs.prefect.io/v3/api-ref/settings-ref"),
    _row("MLFLOW_BACKEND_STORE_URI", "MLflow", "mlflow.org/docs/latest/cli.html"),
    _row("PGRST_DB_URI", "PostgREST", "docs.postgrest.org/en/stable/references/configuration.html"),
    _row("NC_DB", "NocoDB", "docs.nocodb.com/getting-started/self-hosted/environment-variables"),
    _row("FLYWAY_URL", "Flyway", "documentation.red-gate.com/flyway"),
    _row("LIQUIBASE_COMMAND_URL", "Liquibase", "docs.liquibase.com"),
    _row("SONAR_JDBC_URL", "SonarQube", "docs.sonarsource.com/sonarqube-server/"),
    _row("REDMINE_DB_*", "Redmine", "hub.docker.com/_/redmine", extra="host=REDMINE_DB_POSTGRES"),
)
"""In the order of precedence: ours, what any app reads, then frameworks and products."""

_BY_NAME = {row.name.lower(): (rank, row) for rank, row in enumerate(ROWS)}


def known(name: str) -> tuple[int, Row]:
    """Rank and row of a candidate's name; that of what is not known comes behind all others."""
    return _BY_NAME.get(name.lower(), (len(ROWS), UNKNOWN))


INSTANCE_VARIABLES = (f"{PREFIX}INSTANCE", "INSTANCE_CONNECTION_NAME", "CLOUD_SQL_CONNECTION_NAME")
"""They complete any family that says who logs in to which database, but not where it is."""
IAM_USER = "DB_IAM_USER"
IP_TYPE = "IP_TYPE"
PRIVATE_IP = "PRIVATE_IP"
SELECTORS = ("ENVIRONMENT", "APP_ENV", "NODE_ENV", "ENV", "RAILS_ENV")
"""Variables by which apps choose between settings: an invisible character in one silently means development."""
