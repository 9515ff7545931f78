"""Row 9, second rung: TLS as the app's route and sslmode take it.

Direct: SSLRequest and its answer, then the handshake, verified as far as sslmode asks. Connector: mutual TLS 1.3 from
the first byte, verified as the Go connector does: chain to the instance's CA, then SAN, then common name. In TLS 1.3
the server judges the client certificate after the handshake, so a refusal of it shows at the next rung.
"""

from diagnostics.check import Env, SecretName, on, rung
from diagnostics.climb import Climb, bounded
from diagnostics.core.classify import refuses_client_certificate
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminCertificate, AdminConnectSettings, Facts, TcpConnect, TlsHandshake
from diagnostics.core.findings import Code
from diagnostics.core.instance import belongs_to, psc_name
from diagnostics.core.model import Finding, Route, SkipReason, Target, TlsMode
from diagnostics.core.observed import PeerCertificate
from diagnostics.core.outcome import Outcome, failed, passed, skipped, warned
from diagnostics.ports import ConnectFailed, StreamEnd, StreamFailed, TlsFailed, TlsFailure, TlsRequest
from diagnostics.server_error import server_error
from diagnostics.wire import Closed, Foreign, Peer, ProtocolError, Refused, TlsAccepted

LIMIT = 8.0
"""Seconds for the handshake. Three round trips and two signatures take well under one; 8 s is the longest start-up
limit seen in the field, so whoever waits longer has already been told that it timed out."""

SECOND_LOOK = 2.0
"""Seconds to dial again and to read the certificate that was not trusted: the peer just did as much in less."""

_CODES = {
    TlsFailure.CLOSED: Code.TLS_HANDSHAKE_CLOSED,
    TlsFailure.RESET: Code.TLS_HANDSHAKE_RESET,
    TlsFailure.FLOOD: Code.TLS_HANDSHAKE_FLOOD,
    TlsFailure.MALFORMED: Code.TLS_HANDSHAKE_MALFORMED_ANSWER,
    TlsFailure.NOT_TLS: Code.TLS_HANDSHAKE_PEER_NOT_TLS,
    TlsFailure.EXPIRED: Code.TLS_HANDSHAKE_CERTIFICATE_EXPIRED,
    TlsFailure.NOT_YET_VALID: Code.TLS_HANDSHAKE_CERTIFICATE_NOT_YET_VALID,
    TlsFailure.UNKNOWN_AUTHORITY: Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY,
    TlsFailure.NAME_MISMATCH: Code.TLS_HANDSHAKE_NAME_MISMATCH,
    TlsFailure.PROTOCOL_VERSION: Code.TLS_HANDSHAKE_PROTOCOL_VERSION,
    TlsFailure.ALERT: Code.TLS_HANDSHAKE_ALERT,
    TlsFailure.LOCAL_FILES: Code.TLS_HANDSHAKE_LOCAL_FILES,
}

_OPTIONAL = frozenset({TlsMode.ALLOW, TlsMode.PREFER})
"""Modes that take the server with TLS or without. ``allow`` asks for plain first, ``prefer`` for TLS; one order for
both finds out the same, since either goes on the other way when the first one is turned down."""

_CERTIFICATE_FAILURES = frozenset(
    {TlsFailure.EXPIRED, TlsFailure.NOT_YET_VALID, TlsFailure.UNKNOWN_AUTHORITY, TlsFailure.NAME_MISMATCH}
)


@rung(
    CheckId.TLS_HANDSHAKE,
    title="TLS is established and the server is who it claims to be",
    timeout=LIMIT,
    on_timeout=Code.TLS_HANDSHAKE_SILENT,
    requires=(CheckId.TCP_CONNECT, on(CheckId.ADMIN_CERTIFICATE, Route.CONNECTOR)),
    after=(on(CheckId.ADMIN_CONNECT_SETTINGS, Route.CONNECTOR),),
)
async def tls_handshake(climb: Climb, env: Env, facts: Facts) -> Outcome:
    target = env.target
    if not target.uses_tls:
        return skipped(SkipReason.NOT_APPLICABLE)
    if target.route is Route.CONNECTOR:
        return await _mutual(climb, env, facts)
    return await _negotiated(climb, env, facts)


async def _mutual(climb: Climb, env: Env, facts: Facts) -> Outcome:
    settings, certificate = facts.get(AdminConnectSettings), facts.get(AdminCertificate)
    if settings is None or certificate is None or env.target.instance is None:
        raise LookupError("the connector route climbs only with connect settings and a certificate")
    request = TlsRequest(
        server_name=psc_name(settings).rstrip("."),
        verify_chain=True,
        ca_pem=settings.server_ca_pem,
        certificate_pem=certificate.certificate_pem,
        key=env.vault.get(SecretName.CLIENT_KEY),
        minimum_tls13=True,
    )
    outcome = await _shake(climb, env, request, "instance_ca")
    served = climb.peer.certificate if climb.peer else None
    if climb.peer is None or (
        served and belongs_to(env.target.instance, settings.dns_names, served.names, served.common_name)
    ):
        return outcome
    wanted = f"{env.target.instance.project}:{env.target.instance.name}"
    name = (served.common_name or ", ".join(served.names)) if served else ""
    return failed(
        outcome.fact, Finding(code=Code.TLS_HANDSHAKE_NAME_MISMATCH, about=env.vault.clean(name), other=wanted)
    )


async def _negotiated(climb: Climb, env: Env, facts: Facts) -> Outcome:
    mode = env.target.tls
    fact = TlsHandshake(mode=mode)
    try:
        answer = await climb.converse(climb.session.request_tls())
    except StreamFailed as failure:
        code = Code.TLS_HANDSHAKE_RESET if failure.end is StreamEnd.RESET else Code.TLS_HANDSHAKE_CLOSED
        return failed(fact, Finding(code=code))
    except ProtocolError as error:
        # What begins like a yes or no and goes on is no server of PostgreSQL either.
        answer = Foreign(stage=error.stage, peer=Peer.UNKNOWN, fault=error.kind)
    if isinstance(answer, Closed):
        return failed(fact, Finding(code=Code.TLS_HANDSHAKE_CLOSED))
    if isinstance(answer, Foreign):
        return failed(
            TlsHandshake(mode=mode, peer=answer.peer),
            Finding(code=Code.TLS_HANDSHAKE_NOT_POSTGRES, about="" if answer.peer is Peer.UNKNOWN else answer.peer),
        )
    if isinstance(answer, Refused):
        said = server_error(answer.error, env)
        return failed(
            TlsHandshake(mode=mode, error=said), Finding(code=Code.TLS_HANDSHAKE_SERVER_ERROR, about=said.sqlstate)
        )
    if not isinstance(answer, TlsAccepted):
        return (
            passed(fact)
            if mode in _OPTIONAL
            else failed(fact, Finding(code=Code.TLS_HANDSHAKE_NOT_OFFERED, about=mode))
        )
    outcome = await _shake(climb, env, _direct_request(env.target, facts), _trust(env.target))
    return await _in_plain(climb, outcome) if mode in _OPTIONAL and climb.peer is None else outcome


def _direct_request(target: Target, facts: Facts) -> TlsRequest:
    connected = facts.get(TcpConnect)
    literal = connected is not None and target.host in {attempt.address for attempt in connected.attempts}
    return TlsRequest(
        server_name="" if literal and target.tls is not TlsMode.VERIFY_FULL else target.host,
        verify_chain=_trust(target) != "",
        verify_name=target.tls is TlsMode.VERIFY_FULL,
        ca_file="" if target.root_cert == "system" else target.root_cert,
        certificate_file=target.client_cert,
        key_file=target.client_key,
    )


def _trust(target: Target) -> str:
    """Libpq's rule: ``require`` with a root certificate verifies like ``verify-ca``."""
    if target.root_cert == "system":
        return "system"
    if target.root_cert:
        return "root_cert" if target.tls not in _OPTIONAL else ""
    return "system" if target.tls in (TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL) else ""


async def _shake(climb: Climb, env: Env, request: TlsRequest, trust: str) -> Outcome:
    mode = env.target.tls if env.target.route is Route.DIRECT else TlsMode.VERIFY_FULL
    try:
        peer = await climb.secure(request)
    except TlsFailed as failure:
        return await _not_shaken(climb, env, request, failure, mode)
    return passed(
        TlsHandshake(mode=mode, version=peer.version, cipher=peer.cipher, verified=trust, certificate=peer.certificate)
    )


async def _not_shaken(climb: Climb, env: Env, request: TlsRequest, failure: TlsFailed, mode: TlsMode) -> Outcome:
    certificate = failure.certificate
    if failure.failure in _CERTIFICATE_FAILURES and certificate is None:
        certificate = await bounded(_certificate_behind(climb, env, request), SECOND_LOOK)
    code = _CODES[failure.failure]
    if failure.failure is TlsFailure.ALERT and refuses_client_certificate(failure.alert):
        code = Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED
    fact = TlsHandshake(mode=mode, certificate=certificate, alert=failure.alert)
    name = env.vault.clean(certificate.common_name) if certificate else ""
    return failed(fact, Finding(code=code, about=failure.alert or name))


async def _certificate_behind(climb: Climb, env: Env, request: TlsRequest) -> PeerCertificate | None:
    """Shake hands once more without verification, only to read the certificate; then hang up."""
    unverified = TlsRequest(
        server_name=request.server_name,
        certificate_pem=request.certificate_pem,
        key=request.key,
        certificate_file=request.certificate_file,
        key_file=request.key_file,
        minimum_tls13=request.minimum_tls13,
    )
    try:
        await climb.redial(SECOND_LOOK)
        if env.target.route is Route.DIRECT:
            await climb.converse(climb.session.request_tls())
        return (await climb.secure(unverified)).certificate
    except (ConnectFailed, StreamFailed, TlsFailed, ProtocolError):
        return None
    finally:
        climb.close()


async def _in_plain(climb: Climb, outcome: Outcome) -> Outcome:
    """A mode that only prefers TLS goes on without it where the handshake failed; so do we, and say so."""
    try:
        await climb.redial(SECOND_LOOK)
    except ConnectFailed:
        return outcome
    return warned(outcome.fact, *outcome.findings)
