"""Our own flags, variables and config file: precedence, and mistakes, all at once and without repeating a value."""

import pytest

from diagnostics.core.codes import CheckId
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Depth,
    DriverChoice,
    FailOn,
    HostPort,
    Login,
    Options,
    Route,
    SettingName,
    TrialChoice,
)
from diagnostics.core.outcome import Mode
from diagnostics.settings import Output, SettingsError, UsageCode, resolve, select, task_of
from diagnostics.settings.model import DEFAULT_PORT
from diagnostics.settings.options import OPTIONS, Form, Group
from tests.settings.around import CLOUD_RUN, INSTANCE, VARIABLES, MadeUpFiles, load, mistakes, one, password_of, target

CONFIG = "/etc/diag.toml"
SAMPLE = """
[options]
depth = "auth"
timeout = 20
skip = ["iam.permissions", "egress"]

[targets.orders]
url_env = "ORDERS_URL"

[targets.billing]
instance = "acme-prod:europe-west1:billing"
database = "billing"
user = "robot"
login = "iam"
ip_type = "private"

[targets.ledger]
host = "10.0.0.9"
port = 6543
user = "api"
password_file = "/secrets/ledger"
"""
FILES = {CONFIG: SAMPLE, "/secrets/ledger": "kT8v-Qm2"}
ENVIRON = {"CLOUDSQL_DIAG_CONFIG": CONFIG, "ORDERS_URL": "postgresql://api@10.0.0.1/orders"}


def codes(environ: dict[str, str], flags: dict[str, str] | None = None, config: str = "") -> set[tuple[UsageCode, str]]:
    files = {CONFIG: config} if config else {}
    return {(each.code, each.source) for each in mistakes(environ, flags, files)}


# --- options --------------------------------------------------------------------------------------------------------


def test_defaults() -> None:
    loaded = load(VARIABLES)
    assert loaded.options == Options()
    said = loaded.invocation
    assert (said.port, said.bind, said.every, said.target, said.output) == (18307, "127.0.0.1", False, "", None)


def test_flag_goes_before_config_file_before_variable() -> None:
    environ = ENVIRON | {"CLOUDSQL_DIAG_DEPTH": "tcp", "CLOUDSQL_DIAG_DRIVERS": "none"}
    by_file = load(environ, files=FILES).options
    assert (by_file.depth, by_file.timeout, by_file.drivers) == (Depth.AUTH, 20.0, DriverChoice.NONE)
    assert load(environ, {"depth": "tls", "drivers": "all"}, FILES).options.depth is Depth.TLS


def test_every_option_of_a_run() -> None:
    environ = VARIABLES | {
        "CLOUDSQL_DIAG_DEPTH": "startup",
        "CLOUDSQL_DIAG_DRIVERS": "all",
        "CLOUDSQL_DIAG_SKIP": "iam.permissions, dns",
        "CLOUDSQL_DIAG_TIMEOUT": "7.5",
        "CLOUDSQL_DIAG_FAIL_ON": "warn",
        "CLOUDSQL_DIAG_SQLADMIN_ENDPOINT": "http://127.77.0.1:8080/",
        "CLOUDSQL_DIAG_TRIALS": "none",
        "CLOUDSQL_DIAG_APP_TIMEOUT": "8",
        "CLOUDSQL_DIAG_RUN_ENDPOINT": "http://127.77.0.1:8082",
        "CLOUDSQL_DIAG_VPCACCESS_ENDPOINT": "http://127.77.0.1:8083",
        "CLOUDSQL_DIAG_RESOURCE_MANAGER_ENDPOINT": "http://127.77.0.1:8081",
        "CLOUDSQL_DIAG_SOCKET_DIR": "/run/s",
        "CLOUDSQL_DIAG_GOOGLE_VIP": "127.77.0.2:443",
        "CLOUDSQL_DIAG_PRIVATE_VIP": "off",
        "CLOUDSQL_DIAG_CONTROL_PUBLIC": "[fd00::1]:443",
        "CLOUDSQL_DIAG_CONTROL_PRIVATE": "10.0.0.1:6379,redis.internal:6380",
    }
    dns = {check.value for check in CheckId if check.value.startswith("dns.")}
    assert load(environ).options == Options(
        depth=Depth.STARTUP,
        drivers=DriverChoice.ALL,
        trials=TrialChoice.NONE,
        skip=frozenset({"iam.permissions"} | dns),
        timeout=7.5,
        fail_on=FailOn.WARN,
        sqladmin_endpoint="http://127.77.0.1:8080",
        app_timeout=8.0,
        run_endpoint="http://127.77.0.1:8082",
        vpcaccess_endpoint="http://127.77.0.1:8083",
        resource_manager_endpoint="http://127.77.0.1:8081",
        socket_directory="/run/s",
        google_vip=HostPort(host="127.77.0.2", port=443),
        private_vip=None,
        control_public=HostPort(host="fd00::1", port=443),
        control_private=(HostPort(host="10.0.0.1", port=6379), HostPort(host="redis.internal", port=6380)),
    )


def test_every_option_of_the_verb() -> None:
    environ = VARIABLES | {
        "CLOUDSQL_DIAG_OUTPUT": "json",
        "CLOUDSQL_DIAG_GRACE": "0",
        "CLOUDSQL_DIAG_INTERVAL": "5",
        "CLOUDSQL_DIAG_PORT": "9999",
        "CLOUDSQL_DIAG_BIND": "::1",
        "CLOUDSQL_DIAG_ALL": "yes",
    }
    said = load(environ).invocation
    assert (said.output, said.interval_of(Mode.SERVE), said.port, said.bind) == (Output.JSON, 5.0, 9999, "::1")
    assert (said.every, said.grace_of(Mode.SERVE, load(CLOUD_RUN | VARIABLES).platform)) == (True, 0.0)


def test_grace_is_for_young_instances_of_cloud_run() -> None:
    on, off = load(CLOUD_RUN | VARIABLES), load(VARIABLES)
    assert on.invocation.grace_of(Mode.SERVE, on.platform) == 90.0
    assert on.invocation.grace_of(Mode.CHECK, on.platform) == 0.0
    assert off.invocation.grace_of(Mode.WAIT, off.platform) == 0.0


def test_port_of_cloud_run_is_inherited_and_never_a_mistake() -> None:
    assert load(CLOUD_RUN | VARIABLES | {"PORT": "8080"}).invocation.port == 8080
    assert load(VARIABLES | {"PORT": "nonsense"}).invocation.port == 18307


@pytest.mark.parametrize("environ", [CLOUD_RUN, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}])
def test_probes_come_from_outside_loopback(environ: dict[str, str]) -> None:
    assert load(VARIABLES | environ).invocation.bind == "0.0.0.0"


def test_blank_around_an_option_of_ours_does_no_harm() -> None:
    assert load(VARIABLES | {"CLOUDSQL_DIAG_DEPTH": "auth\n", "CLOUDSQL_DIAG_FAIL_ON": ""}).options.depth is Depth.AUTH


def test_private_addresses_of_the_app() -> None:
    environ = VARIABLES | {
        "REDIS_HOST": "10.0.0.3",
        "REDIS_PORT": "6380",
        "REDIS_URL": "redis://:kT8v@10.0.0.4/0",
        "MEMCACHED_HOST": "redis.example.com",
        "VALKEY_HOST": "203.0.114.7",
        "VALKEY_URL": "redis://:kT8v@10.1.1.1:1@real/0",
    }
    expected = (HostPort(host="10.0.0.3", port=6380), HostPort(host="10.0.0.4", port=6379))
    assert load(environ).options.control_private == expected
    assert load(environ | {"CLOUDSQL_DIAG_CONTROL_PRIVATE": "off"}).options.control_private == ()


@pytest.mark.parametrize(
    "name,text,code",
    [
        ("depth", "deep", UsageCode.NOT_ONE_OF),
        ("drivers", "some", UsageCode.NOT_ONE_OF),
        ("trials", "all", UsageCode.NOT_ONE_OF),
        ("skip", "tcp.connects", UsageCode.UNKNOWN_CHECK),
        ("timeout", "soon", UsageCode.NOT_SECONDS),
        ("timeout", "0", UsageCode.NOT_SECONDS),
        ("timeout", "nan", UsageCode.NOT_SECONDS),
        ("timeout", "inf", UsageCode.NOT_SECONDS),
        ("grace", "-1", UsageCode.NOT_SECONDS),
        ("interval", "9" * 400, UsageCode.NOT_SECONDS),
        ("fail-on", "unknown", UsageCode.NOT_ONE_OF),
        ("output", "yaml", UsageCode.NOT_ONE_OF),
        ("port", "99999", UsageCode.NOT_A_PORT),
        ("db-port", "99999", UsageCode.NOT_A_PORT),
        ("bind", "everywhere", UsageCode.NOT_ONE_OF),
        ("all", "maybe", UsageCode.NOT_A_SWITCH),
        ("login", "ldap", UsageCode.NOT_ONE_OF),
        ("ip-type", "internal", UsageCode.NOT_ONE_OF),
        ("dialect", "mysql", UsageCode.NOT_ONE_OF),
        ("sslmode", "on", UsageCode.NOT_ONE_OF),
        ("control-public", "nowhere", UsageCode.NOT_AN_ADDRESS),
        ("control-private", "10.0.0.1:1,x", UsageCode.NOT_AN_ADDRESS),
        ("google-vip", "h:0", UsageCode.NOT_AN_ADDRESS),
        ("sqladmin-endpoint", "ftp://x", UsageCode.NOT_A_URL),
        ("sqladmin-endpoint", "http://sqladmin.example", UsageCode.NOT_A_URL),
        ("run-endpoint", "http://127.0.0.1.example:80/", UsageCode.NOT_A_URL),
        ("vpcaccess-endpoint", "http://10.0.0.1", UsageCode.NOT_A_URL),
        ("socket-dir", "cloudsql", UsageCode.NOT_A_PATH),
    ],
)
def test_value_that_does_not_fit_names_flag_or_variable(name: str, text: str, code: UsageCode) -> None:
    option = next(option for option in OPTIONS if option.name == name)
    assert (code, option.variable) in codes(VARIABLES | {option.variable: text})
    if option.flag:
        assert (code, option.flag) in codes(VARIABLES, {name: text})
    if option.key and option.group not in {Group.TARGET, Group.CHOICE}:
        found = codes({"CLOUDSQL_DIAG_CONFIG": CONFIG}, config=f"[options]\n{option.key} = '{text}'\n")
        assert found == {(code, f"{CONFIG}: options.{option.key}")} | {each for each in found if "DATABASE" in each[1]}


def test_all_mistakes_at_once_and_the_rest_still_holds() -> None:
    environ = VARIABLES | {"CLOUDSQL_DIAG_TIMEOT": "5", "CLOUDSQL_DIAG_GRACE": "x", "CLOUDSQL_DIAG_DEPTH": "auth"}
    with pytest.raises(SettingsError) as caught:
        resolve(environ, {"timeout": "soon", "config": "/absent"}, MadeUpFiles())
    assert {(each.code, each.source) for each in caught.value.problems} == {
        (UsageCode.UNKNOWN_VARIABLE, "CLOUDSQL_DIAG_TIMEOT"),
        (UsageCode.NOT_SECONDS, "CLOUDSQL_DIAG_GRACE"),
        (UsageCode.NOT_SECONDS, "--timeout"),
        (UsageCode.FILE_UNREADABLE, "--config /absent"),
    }
    assert "did you mean CLOUDSQL_DIAG_TIMEOUT?" in str(caught.value)
    loaded = caught.value.loaded
    assert (loaded.options.depth, loaded.options.timeout) == (Depth.AUTH, 60.0)
    assert loaded.resolutions[0].target is not None


def test_variables_of_a_kubernetes_service_of_our_name() -> None:
    """Kubernetes sets them in every container of the namespace; nobody means them."""
    environ = VARIABLES | {
        "CLOUDSQL_DIAG_SERVICE_HOST": "10.0.0.1",
        "CLOUDSQL_DIAG_SERVICE_PORT": "80",
        "CLOUDSQL_DIAG_SERVICE_PORT_HTTP": "80",
        "CLOUDSQL_DIAG_PORT": "tcp://10.0.0.1:80",
        "CLOUDSQL_DIAG_PORT_80_TCP": "tcp://10.0.0.1:80",
        "CLOUDSQL_DIAG_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert load(environ).invocation.port == 18307


def test_lab_may_say_where_it_is() -> None:
    assert mistakes(VARIABLES | {"CLOUDSQL_DIAG_LAB": "/run/lab.sock"}) == ()


# --- targets on purpose ---------------------------------------------------------------------------------------------


def test_flags_name_the_whole_target() -> None:
    flags = {"host": "10.0.0.7", "user": "cli", "database": "d", "db-port": "6543", "password-file": "/secret"}
    found = target(VARIABLES, flags, {"/secret": "kT8v"})
    assert (found.host, found.user, found.database, found.port, password_of(found)) == (
        "10.0.0.7",
        "cli",
        "d",
        6543,
        "kT8v",
    )
    assert found.origin(SettingName.HOST) == "--host"
    # What the app sets is another target: nothing is compared with it.
    assert one(VARIABLES, flags, {"/secret": "kT8v"}).remarks == ()


def test_our_variables_complete_flags() -> None:
    environ = VARIABLES | {"CLOUDSQL_DIAG_PASSWORD": "kT8v", "CLOUDSQL_DIAG_USER": "other"}
    found = target(environ, {"host": "10.0.0.7", "user": "cli"})
    assert (found.user, password_of(found)) == ("cli", "kT8v")


def test_flag_names_the_instance() -> None:
    assert target({}, {"instance": INSTANCE, "user": "api"}).route is Route.CONNECTOR
    flags = {"instance": INSTANCE, "url": "postgresql+asyncpg://api:x@/orders"}
    assert target({}, flags).route is Route.CONNECTOR


def test_part_of_a_target_beside_a_whole_one() -> None:
    assert codes({}, {"url": "postgresql://api@h/d", "host": "x"}) == {(UsageCode.BESIDE_URL, "--host")}
    config = "[targets.a]\nurl = 'postgresql://api@h/d'\nport = 1\n"
    assert codes({"CLOUDSQL_DIAG_CONFIG": CONFIG}, config=config) == {
        (UsageCode.BESIDE_URL, f"{CONFIG}: targets.a.port")
    }


@pytest.mark.parametrize(
    "environ,flags,expected",
    [
        ({}, {"database": "d"}, {(UsageCode.MISSING, "--host"), (UsageCode.MISSING, "--user")}),
        ({}, {"url": "nonsense"}, {(UsageCode.MALFORMED_URL, "--url")}),
        ({"CLOUDSQL_DIAG_URL": "postgresql://api:p@q@h/d"}, {}, {(UsageCode.UNESCAPED_URL, "CLOUDSQL_DIAG_URL")}),
        (
            VARIABLES,
            {"password-file": "/absent", "host": "h", "user": "u"},
            {(UsageCode.FILE_UNREADABLE, "--password-file")},
        ),
        (
            {"DB_USER": "api"},
            {"instance": "nonsense", "user": "u"},
            {(UsageCode.INSTANCE_NAME_MALFORMED, "--instance")},
        ),
    ],
)
def test_target_of_ours_that_cannot_be_used(
    environ: dict[str, str], flags: dict[str, str], expected: set[tuple[UsageCode, str]]
) -> None:
    """Our own flags, variables and file are usage; only the app's settings are diagnosed."""
    assert codes(environ, flags) == expected


def test_our_variables_are_never_passed_over() -> None:
    """Half a target of ours is a mistake, even where the app's own variables are complete."""
    found = codes(VARIABLES | {"CLOUDSQL_DIAG_PASSWORD_FILE": "/absent"})
    assert (UsageCode.FILE_UNREADABLE, "CLOUDSQL_DIAG_PASSWORD_FILE") in found
    assert (UsageCode.MISSING, "CLOUDSQL_DIAG_USER") in codes(VARIABLES | {"CLOUDSQL_DIAG_PASSWORD": "kT8v"})


def test_app_settings_are_never_usage() -> None:
    assert mistakes({"DATABASE_URL": "nonsense"}) == ()
    assert mistakes({}) == ()


# --- config file ----------------------------------------------------------------------------------------------------


def test_named_targets() -> None:
    loaded = load(ENVIRON, files=FILES)
    orders, billing, ledger = loaded.resolutions
    assert [each.name for each in loaded.resolutions] == ["orders", "billing", "ledger"]
    assert orders.target is not None
    assert billing.target is not None
    assert ledger.target is not None
    assert (orders.target.host, orders.target.origin(SettingName.URL)) == ("10.0.0.1", "ORDERS_URL")
    assert (billing.target.route, billing.target.login, billing.target.ip_type.value) == (
        Route.CONNECTOR,
        Login.IAM,
        "private",
    )
    assert (ledger.target.port, password_of(ledger.target), ledger.target.name) == (6543, "kT8v-Qm2", "ledger")
    assert ledger.target.origin(SettingName.HOST) == f"{CONFIG}: targets.ledger.host"


def test_config_file_goes_before_the_apps_variables() -> None:
    assert len(load(ENVIRON | VARIABLES, files=FILES).resolutions) == 3


def test_config_file_of_options_only_leaves_the_apps_target() -> None:
    environ = VARIABLES | {"CLOUDSQL_DIAG_CONFIG": CONFIG}
    loaded = load(environ, files={CONFIG: "[options]\ndepth = 'tls'\n"})
    assert (loaded.options.depth, loaded.resolutions[0].target is not None) == (Depth.TLS, True)


def test_choice_of_a_target_goes_before_the_general_one() -> None:
    environ = {"CLOUDSQL_DIAG_CONFIG": CONFIG, "CLOUDSQL_DIAG_LOGIN": "password", "CLOUDSQL_DIAG_SSLMODE": "require"}
    config = "[targets.a]\nhost = 'h'\nuser = 'u'\nlogin = 'iam'\n"
    found = target(environ, files={CONFIG: config})
    assert (found.login, found.tls.value) == (Login.IAM, "require")


@pytest.mark.parametrize(
    "config,code,source",
    [
        ("hots = 1", UsageCode.UNKNOWN_KEY, f"{CONFIG}: hots"),
        ("[aims.a]", UsageCode.UNKNOWN_KEY, f"{CONFIG}: aims"),
        ("[options]\ndept = 'tls'", UsageCode.UNKNOWN_KEY, f"{CONFIG}: options.dept"),
        ("[options]\nconfig = 'x'", UsageCode.UNKNOWN_KEY, f"{CONFIG}: options.config"),
        ("[targets.a]\nhots = 'x'", UsageCode.UNKNOWN_KEY, f"{CONFIG}: targets.a.hots"),
        ("[targets.a]\n'kT8v Zw9x' = 'x'", UsageCode.UNKNOWN_KEY, f"{CONFIG}: targets.a.?"),
        ("[targets.a]\nhost = ['x', 1]", UsageCode.WRONG_TYPE, f"{CONFIG}: targets.a.host"),
        ("targets = 1", UsageCode.WRONG_TYPE, f"{CONFIG}: targets"),
        ("[targets]\na = 1", UsageCode.WRONG_TYPE, f"{CONFIG}: targets.a"),
        ("[targets.'a b']", UsageCode.NOT_A_NAME, f"{CONFIG}: targets"),
        ("[targets.a]\nport = true", UsageCode.NOT_A_PORT, f"{CONFIG}: targets.a.port"),
        ("[targets.a]\nlogin = 'ldap'", UsageCode.NOT_ONE_OF, f"{CONFIG}: targets.a.login"),
        ("[targets.a]\nurl_env = 'ABSENT'", UsageCode.MISSING, f"{CONFIG}: targets.a.url_env"),
        ("this is no TOML", UsageCode.FILE_MALFORMED, f"CLOUDSQL_DIAG_CONFIG {CONFIG}"),
        ("\n", UsageCode.EMPTY_FILE, f"CLOUDSQL_DIAG_CONFIG {CONFIG}"),
    ],
)
def test_config_file_with_a_mistake(config: str, code: UsageCode, source: str) -> None:
    assert (code, source) in codes({"CLOUDSQL_DIAG_CONFIG": CONFIG}, config=config)


def test_place_of_a_syntax_error_is_told_and_not_its_text() -> None:
    (problem,) = mistakes(VARIABLES | {"CLOUDSQL_DIAG_CONFIG": CONFIG}, files={CONFIG: "[options]\npassword = kT8v"})
    assert "line 2" in problem.sentence
    assert "kT8v" not in problem.sentence


def test_variable_that_a_target_refers_to_is_the_apps() -> None:
    """What stands in it is diagnosed, not a mistake of usage."""
    loaded = load(ENVIRON | {"ORDERS_URL": "nonsense"}, files=FILES)
    (problem,) = loaded.resolutions[0].problems
    assert (problem.code, problem.about) == (Code.CONFIG_TARGET_MALFORMED_URL, "ORDERS_URL")


# --- which of several -----------------------------------------------------------------------------------------------


def test_the_only_target_needs_no_name() -> None:
    assert [each.name for each in select(load(VARIABLES))] == ["default"]


def test_named_target_and_all() -> None:
    assert [each.name for each in select(load(ENVIRON, {"target": "billing"}, FILES))] == ["billing"]
    assert len(select(load(ENVIRON, {"all": "true"}, FILES))) == 3


def test_tasks_of_a_job_take_each_target_once() -> None:
    everything = load(ENVIRON, {"all": "true"}, FILES)
    for count in range(1, 6):
        tasks = [{"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": str(count)} for index in range(count)]
        shares = [[each.name for each in select(everything, task_of(task))] for task in tasks]
        assert sorted(name for share in shares for name in share) == ["billing", "ledger", "orders"]
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_named_target_is_not_shared() -> None:
    """Whoever names one wants it in every task."""
    named = load(ENVIRON, {"target": "billing"}, FILES)
    last = task_of({"CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "2"})
    assert [each.name for each in select(named, last)] == ["billing"]


@pytest.mark.parametrize(
    "index,count", [("", ""), ("0", ""), ("", "2"), ("2", "2"), ("-1", "2"), ("one", "two"), ("0", "0")]
)
def test_what_names_no_task_leaves_all_targets(index: str, count: str) -> None:
    task = task_of({"CLOUD_RUN_TASK_INDEX": index, "CLOUD_RUN_TASK_COUNT": count})
    assert len(select(load(ENVIRON, {"all": "true"}, FILES), task)) == 3


@pytest.mark.parametrize(
    "flags,code", [({}, UsageCode.SEVERAL_TARGETS), ({"target": "absent"}, UsageCode.UNKNOWN_TARGET)]
)
def test_choice_that_is_none_lists_the_names(flags: dict[str, str], code: UsageCode) -> None:
    with pytest.raises(SettingsError) as caught:
        select(load(ENVIRON, flags, FILES))
    (problem,) = caught.value.problems
    assert problem.code is code
    assert all(name in problem.sentence for name in ("orders", "billing", "ledger"))


# --- the table ------------------------------------------------------------------------------------------------------


def test_every_flag_has_a_variable_of_its_own() -> None:
    assert len({option.variable for option in OPTIONS}) == len(OPTIONS)
    assert all(option.meaning.endswith(".") for option in OPTIONS)


def test_no_flag_takes_a_secret() -> None:
    """Others on the machine can read a command line."""
    assert [option.name for option in OPTIONS if option.form is Form.NO_FLAG and option.group is Group.TARGET] == [
        "password"
    ]


def test_own_options_are_described_with_their_sources() -> None:
    own = {each.name: each for each in load(ENVIRON, {"depth": "tls"}, FILES).own}
    assert (own["depth"].value, own["depth"].source) == ("tls", "--depth")
    assert (own["timeout"].value, own["timeout"].source) == ("20", f"{CONFIG}: options.timeout")
    assert own["drivers"].source == "default"


@pytest.mark.parametrize(
    "environ, port",
    [
        ({"PORT": "8080"}, DEFAULT_PORT),
        ({"PORT": "8080", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, DEFAULT_PORT),
        (CLOUD_RUN | {"PORT": "8080"}, 8080),
        (CLOUD_RUN, DEFAULT_PORT),
        ({"PORT": "8080", "CLOUDSQL_DIAG_PORT": "9"}, 9),
    ],
)
def test_the_port_of_the_app_is_left_to_it_but_where_we_are_the_ingress_container(
    environ: dict[str, str], port: int
) -> None:
    assert load(VARIABLES | environ).invocation.port == port
