"""What the name of a variable, key or parameter says: which part of a target it gives, and what it belongs with.

``ORDERS_DB_HOST`` is the host (its ending) of what ``ORDERS`` (its stem) keeps in a database (its role). The same words
are keys of pairs and of JSON objects, so one table reads them all.
"""

import re
from functools import lru_cache

from diagnostics.core.candidates import Engine
from diagnostics.core.model import SettingName, Value

ENGINE, PROJECT, REGION, KEPT = "engine", "project", "region", "kept"
"""What some names tell beside the parts of a target: the kind of database, pieces of an instance's name, and where
the app itself fetches the password from."""

_ENDINGS = {
    SettingName.URL: "url uri dsn connection_string connstring connstr conn_string conn_str connection_url "
    "connection_uri conn_url conn_uri conn sql_alchemy_conn jdbcurl datasource data_source connection_strings",
    SettingName.HOST: "socket socket_dir socketdir unix_socket unixsocket unix_sock "
    "socket_path socketpath unix_socket_path unixsocketpath "
    "hostaddr host_addr host hostname host_name server servername server_name addr address endpoint",
    SettingName.PORT: "port port_number portnumber",
    SettingName.DATABASE: "database dbname databasename db catalog initial_catalog initialcatalog",
    SettingName.USER: "user username user_name userid user_id uid login role iam_user dbuser",
    SettingName.PASSWORD: "password pass passwd pwd pw psw passphrase dbpassword",
    SettingName.INSTANCE: "instance_connection_name instanceconnectionname connection_name connectionname "
    "cloud_sql_instance cloudsqlinstance instance instance_name",
    SettingName.TLS_MODE: "sslmode ssl_mode ssl tls_mode tls use_ssl ssl_enabled",
    SettingName.ROOT_CERT: "sslrootcert ssl_root_cert root_cert root_certificate rootcertificate ssl_ca",
    SettingName.CLIENT_CERT: "sslcert ssl_cert ssl_certificate sslcertificate",
    SettingName.CLIENT_KEY: "sslkey ssl_key",
    SettingName.IP_TYPE: "ip_type ip_types iptype iptypes",
    ENGINE: "type client dialect engine driver adapter backend kind vendor connection driver_class_name provider",
    PROJECT: "project project_id",
    REGION: "region",
    KEPT: "password_secret password_secret_name password_secret_id password_secret_version password_secret_arn "
    "password_ref password_key secret_name secret_id secret_arn secret_version secret_path",
}
_MEANING = {ending: (part, order) for part, endings in _ENDINGS.items() for order, ending in enumerate(endings.split())}
_MEANING["name"] = (SettingName.DATABASE, -9)
_LAST = frozenset(ending.rpartition("_")[2] for ending in _MEANING)
_KEYS = {ending.replace("_", ""): meaning for ending, meaning in _MEANING.items()}
_JOINED = ("postgresql", "postgres", "database", "pgsql", "pg", "db", "sql")
"""What is written without a line before its ending: ``PGHOST``, ``DBNAME``."""

DATABASE_WORDS = frozenset(
    "db database databases postgres postgresql postgresdb pgsql pg postgis sql rdbms datasource datasources jdbc r2dbc "
    "cloudsql datastore pgbouncer pgpool pgcat".split()
)
_ROLE = DATABASE_WORDS | frozenset(
    "url default main primary writer master user connection connections conn dsn uri config settings "
    "credentials credential creds".split()
)
"""Words between an app's name and an ending that make no other database of it."""
_LESSER = frozenset(
    "test testing ci shadow replica readonly read ro reader slave follower secondary standby migration migrations "
    "migrate migrator alembic flyway direct unpooled pooling admin root superuser maintenance old legacy source backup "
    "analytics metrics exporter monitoring reporting warehouse".split()
)
"""Of two databases of one app, the one that is named so is not the one it needs to start."""
_DECOYS = frozenset(
    "redis rediss valkey dragonfly rabbit rabbitmq amqp smtp mail mailer email imap pop3 mongo mongodb elastic "
    "elasticsearch opensearch solr kafka zookeeper memcached memcache prometheus ldap ftp sftp ssh s3 minio http "
    "https celery clickhouse cassandra scylla neo4j influx influxdb influxdb2 etcd consul nats mqtt otel jaeger zipkin "
    "statsd graphite datadog snowflake bigquery redshift oracle couchdb couchbase dynamodb sqlite meilisearch "
    "typesense qdrant weaviate milvus service grpc proxy socks csql".split()
)
"""Hosts with users and databases of their own, and Kubernetes' links to services: never a PostgreSQL database."""
_ENGINE_WORDS = (
    (Engine.ALLOYDB, re.compile("alloydb")),
    (Engine.MYSQL, re.compile("mysql|mariadb|myxql")),
    (Engine.SQLSERVER, re.compile("sql ?server|mssql|sqlclient")),
    (
        Engine.POSTGRES,
        re.compile(
            r"postgres|pgsql|postgis|psql|psycopg|asyncpg|pg8000|timescale|cockroach|\b(?:pg|pq|pgx[0-9]?|ecto)\b"
        ),
    ),
)

Group = tuple[tuple[str, ...], tuple[str, ...]]
"""Stem and role: what belongs together has both in common."""


class Name(Value, frozen=True, kw_only=True):
    """A variable's name, understood."""

    part: str
    """A SettingName, or one of ENGINE, PROJECT and REGION."""
    order: int = 0
    """Of two names for one part the one nearer to 0 counts; below 0 a word that means a database only beside others."""
    group: Group = ((), ())
    prefix: str = ""
    """What stands before the ending, as it is written."""


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, however they are joined: lines, dots, or capitals."""
    if not (name.isupper() or name.islower()):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return tuple(filter(None, re.split(r"[_.\-:]+", name.lower())))


def understood(name: str) -> Name | None:
    """What a name tells; None where its ending is none that we know."""
    words = words_of(name)
    if not words:
        return None
    last = words[-1]
    joined = next((each for each in _JOINED if last.startswith(each) and last[len(each) :] in _MEANING), "")
    if joined and last not in DATABASE_WORDS:
        ending = last[len(joined) :]
        return _name(name, (*words[:-1], joined + "+"), ending)
    if last not in _LAST:
        return None
    for count in (3, 2, 1):
        ending = "_".join(words[-count:])
        if len(words) >= count and ending in _MEANING:
            return _name(name, words[:-count], ending)
    return None


def _name(name: str, before: tuple[str, ...], ending: str) -> Name:
    part, order = _MEANING[ending]
    start, letters = len(name), len(ending.replace("_", ""))
    while letters:
        start -= 1
        letters -= name[start] not in "_.-:"
    cut = len(before)
    while cut and (before[cut - 1] in _ROLE or before[cut - 1].endswith("+")):
        cut -= 1
    return Name(part=part, order=order, group=(before[:cut], before[cut:]), prefix=name[:start])


variable = lru_cache(maxsize=1024)(understood)
"""The same for the name of a variable, remembered: they stay the same, and few environments have more."""


def part_of_key(key: str) -> tuple[str, int] | None:
    """The same for a key of pairs or of an object: ``User Id``. Not remembered, it may be cut out of a secret."""
    return _KEYS.get(re.sub(r"[\s_.\-]+", "", key).lower())


def of_a_database(words: tuple[str, ...]) -> bool:
    """Whether a name says that it is about one."""
    return any(word.removesuffix("+") in DATABASE_WORDS for word in words) or engine_of_words(words) is not None


def decoy(words: tuple[str, ...]) -> bool:
    """Whether a name is another service's."""
    return not _DECOYS.isdisjoint(words) or any(word.endswith("+") and word[:-1] in _DECOYS for word in words)


def lesser(words: tuple[str, ...]) -> int:
    """How many words say that this is not the database that the app serves from."""
    return sum(word in _LESSER for word in words)


def engine_of(text: str) -> Engine | None:
    """The engine that a scheme, a driver's or a framework's word for one means. Prisma's own scheme is HTTP."""
    lowered = "" if text.startswith("prisma") else text.lower()
    return next((engine for engine, words in _ENGINE_WORDS if words.search(lowered)), None)


def engine_of_words(words: tuple[str, ...]) -> Engine | None:
    """The engine that a name speaks of."""
    return engine_of(" ".join(words).replace("+", ""))
