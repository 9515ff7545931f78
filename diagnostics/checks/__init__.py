"""All checks, in the order of the path: where to add one."""

from diagnostics.check import Check
from diagnostics.checks.admin import admin_certificate, admin_connect_settings
from diagnostics.checks.config import config_dialect, config_hygiene, config_target
from diagnostics.checks.deployment import run_revision, vpc_connector
from diagnostics.checks.dns import dns_apis, dns_resolver, dns_target
from diagnostics.checks.driver import driver_asyncpg, driver_connector, driver_psycopg
from diagnostics.checks.egress import egress_google_apis, egress_instance, egress_private, egress_public
from diagnostics.checks.identity import identity_account, identity_token, metadata_server
from diagnostics.checks.instance import admin_instance, iam_permissions
from diagnostics.checks.limits import app_budget, postgres_capacity
from diagnostics.checks.postgres import postgres_auth, postgres_query, postgres_startup
from diagnostics.checks.runtime import runtime_freeze, runtime_platform
from diagnostics.checks.session import postgres_session
from diagnostics.checks.socket import socket_mount
from diagnostics.checks.tcp import tcp_connect
from diagnostics.checks.tls import tls_handshake

CHECKS: tuple[Check, ...] = (
    config_target,
    config_hygiene,
    config_dialect,
    runtime_platform,
    runtime_freeze,
    metadata_server,
    identity_account,
    identity_token,
    egress_google_apis,
    egress_public,
    egress_private,
    egress_instance,
    dns_resolver,
    dns_target,
    dns_apis,
    admin_connect_settings,
    admin_instance,
    admin_certificate,
    iam_permissions,
    run_revision,
    vpc_connector,
    socket_mount,
    tcp_connect,
    tls_handshake,
    postgres_startup,
    postgres_auth,
    postgres_query,
    driver_asyncpg,
    driver_psycopg,
    driver_connector,
    postgres_capacity,
    postgres_session,
    app_budget,
)
"""The row of the report a check stands in, and nothing else, follows from its place."""
