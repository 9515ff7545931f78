"""What a client sends, byte for byte."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire import SSL_REQUEST, Field, FieldError, FieldProblem, Parameter, Startup, messages
from tests.wire import serverside
from tests.wire.strategies import NAMES, TEXT


def test_ssl_request_is_eight_fixed_bytes() -> None:
    assert bytes.fromhex("0000000804d2162f") == SSL_REQUEST


def test_startup_packet_byte_for_byte() -> None:
    packet = messages.startup(Startup(user="api", database="orders"))
    assert packet == b"\0\0\0\x22\0\x03\0\0user\0api\0database\0orders\0\0"


def test_password_and_query_and_terminate_byte_for_byte() -> None:
    assert messages.password(b"secret") == b"p\0\0\0\x0bsecret\0"
    assert messages.query("SELECT 1") == b"Q\0\0\0\x0dSELECT 1\0"
    assert messages.terminate() == b"X\0\0\0\x04"


def test_sasl_messages_byte_for_byte() -> None:
    initial = messages.sasl_initial_response("SCRAM-SHA-256", b"n,,n=,r=x")
    assert initial == b"p\0\0\0\x1fSCRAM-SHA-256\0\0\0\0\x09n,,n=,r=x"
    assert messages.sasl_response(b"c=biws") == b"p\0\0\0\x0ac=biws"


PARAMETERS = st.builds(Parameter, name=NAMES, value=TEXT)
STARTUPS = st.builds(
    Startup,
    user=TEXT,
    database=st.none() | TEXT,
    application_name=st.none() | TEXT,
    extra=st.lists(PARAMETERS, max_size=4).map(tuple),
)


@given(STARTUPS)
def test_a_server_reads_back_what_startup_was_given(values: Startup) -> None:
    version, pairs = serverside.read_startup(messages.startup(values))
    expected = [("user", values.user)]
    if values.database is not None:
        expected.append(("database", values.database))
    if values.application_name is not None:
        expected.append(("application_name", values.application_name))
    expected += [(parameter.name, parameter.value) for parameter in values.extra]
    assert (version, pairs) == (3 << 16, expected)


@given(TEXT, st.binary(max_size=50))
def test_a_server_reads_back_a_sasl_initial_response(mechanism: str, response: bytes) -> None:
    assert serverside.read_sasl_initial(messages.sasl_initial_response(mechanism, response)) == (mechanism, response)


@given(TEXT)
def test_a_server_reads_back_a_query(sql: str) -> None:
    assert serverside.read_frame(messages.query(sql)) == (b"Q", sql.encode() + b"\0")


def test_bytes_of_the_environment_arrive_as_they_were() -> None:
    """A name that is not UTF-8 comes out of os.environ with surrogates, and means its bytes."""
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert b"user\0caf\xe9\0" in messages.startup(Startup(user=name))


NUL = "hunter2\0x"
SURROGATE = "hunter2\ud800"
LONG = "hunter2" * 20_000


@pytest.mark.parametrize(
    "value,problem",
    [(NUL, FieldProblem.NUL), (SURROGATE, FieldProblem.ENCODING), (LONG, FieldProblem.TOO_LONG)],
    ids=["nul", "surrogate", "long"],
)
@pytest.mark.parametrize("field", [Field.USER, Field.DATABASE, Field.APPLICATION_NAME, Field.PARAMETER, Field.QUERY])
def test_a_value_that_cannot_be_sent_is_named_and_not_shown(field: Field, value: str, problem: FieldProblem) -> None:
    """Neither the exception nor anything chained to it holds the value: it may be a piece of a password."""
    values = {
        Field.USER: Startup(user=value),
        Field.DATABASE: Startup(user="api", database=value),
        Field.APPLICATION_NAME: Startup(user="api", application_name=value),
        Field.PARAMETER: Startup(user="api", extra=(Parameter(name="options", value=value),)),
    }
    with pytest.raises(FieldError) as caught:
        messages.query(value) if field is Field.QUERY else messages.startup(values[field])
    whole = problem is FieldProblem.TOO_LONG and field is not Field.QUERY
    assert (caught.value.field, caught.value.problem) == (Field.STARTUP if whole else field, problem)
    assert caught.value.__context__ is None
    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))


def test_a_parameter_without_a_name_would_end_the_packet() -> None:
    with pytest.raises(FieldError) as caught:
        messages.startup(Startup(user="api", extra=(Parameter(name="", value="x"),)))
    assert (caught.value.field, caught.value.problem) == (Field.PARAMETER, FieldProblem.EMPTY)


@pytest.mark.parametrize("secret,problem", [(b"a\0b", FieldProblem.NUL), (b"a" * 70_000, FieldProblem.TOO_LONG)])
def test_a_password_that_cannot_be_sent_is_named_and_not_shown(secret: bytes, problem: FieldProblem) -> None:
    with pytest.raises(FieldError) as caught:
        messages.password(secret)
    assert (caught.value.field, caught.value.problem) == (Field.PASSWORD, problem)
    assert str(caught.value) == f"password: {problem}"
