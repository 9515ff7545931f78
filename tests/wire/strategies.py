"""Hypothesis strategies: messages a server may send, and ways to cut a stream into chunks."""

from itertools import pairwise

from hypothesis import strategies as st

from diagnostics.wire import backend

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
NAMES = TEXT.filter(bool)
OPTIONAL = st.none() | TEXT
COUNTS = st.none() | st.integers(0, 2**31 - 1)
UNSIGNED_32 = st.integers(0, 2**32 - 1)
SIGNED_16 = st.integers(-(2**15), 2**15 - 1)

COLUMNS = st.builds(
    backend.Column,
    name=TEXT,
    table=UNSIGNED_32,
    attribute=SIGNED_16,
    type_oid=UNSIGNED_32,
    type_size=SIGNED_16,
    type_modifier=st.integers(-(2**31), 2**31 - 1),
    format=st.integers(0, 1),
)


def server_text(kind: type[backend.ErrorResponse] | type[backend.NoticeResponse]) -> st.SearchStrategy[backend.Message]:
    return st.builds(
        kind,
        severity=st.sampled_from(backend.Severity).filter(lambda one: one is not backend.Severity.UNKNOWN),
        severity_text=OPTIONAL,
        sqlstate=OPTIONAL,
        message=TEXT,
        detail=OPTIONAL,
        hint=OPTIONAL,
        position=COUNTS,
        internal_position=COUNTS,
        internal_query=OPTIONAL,
        where=OPTIONAL,
        schema=OPTIONAL,
        table=OPTIONAL,
        column=OPTIONAL,
        data_type=OPTIONAL,
        constraint=OPTIONAL,
        file=OPTIONAL,
        line=COUNTS,
        routine=OPTIONAL,
    )


FIRST_MESSAGES: st.SearchStrategy[backend.Message] = st.one_of(
    st.just(backend.AuthenticationOk()),
    st.just(backend.AuthenticationCleartext()),
    st.builds(backend.AuthenticationMd5, salt=st.binary(min_size=4, max_size=4)),
    st.builds(backend.AuthenticationSasl, mechanisms=st.lists(NAMES, max_size=4).map(tuple)),
    st.builds(backend.UnsupportedAuth, number=UNSIGNED_32.filter(lambda number: number not in {0, 3, 5, 10, 11, 12})),
    st.builds(backend.NegotiateProtocolVersion, newest=UNSIGNED_32, unrecognized=st.lists(TEXT, max_size=4).map(tuple)),
    server_text(backend.ErrorResponse),
)

MESSAGES: st.SearchStrategy[backend.Message] = st.one_of(
    FIRST_MESSAGES,
    st.builds(backend.SaslContinue, data=st.binary(max_size=60)),
    st.builds(backend.SaslFinal, data=st.binary(max_size=60)),
    server_text(backend.NoticeResponse),
    st.builds(backend.ParameterStatus, name=TEXT, value=TEXT),
    st.builds(backend.BackendKeyData, process_id=UNSIGNED_32),
    st.builds(backend.ReadyForQuery, status=st.sampled_from(backend.TransactionStatus)),
    st.builds(backend.RowDescription, columns=st.lists(COLUMNS, max_size=4).map(tuple)),
    st.builds(backend.DataRow, values=st.lists(st.none() | st.binary(max_size=30), max_size=5).map(tuple)),
    st.builds(backend.CommandComplete, tag=TEXT),
    st.just(backend.EmptyQuery()),
    st.builds(backend.Unknown, kind=st.sampled_from("AGHWVnst123")),
)


@st.composite
def chunked(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes in arbitrary non-empty pieces."""
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=12)))
    edges = [0, *cuts, len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]
