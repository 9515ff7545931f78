"""Rows 1 to 5: settings, runtime, identity, egress, names."""

from diagnostics.core.codes import CheckId
from diagnostics.core.facts.fact import Fact
from diagnostics.core.model import Candidate, Dialect, Finding, PlatformKind, Route
from diagnostics.core.observed import ApiResult, Attempt, DnsAnswer, TokenFact


class ConfigTarget(Fact, frozen=True, kw_only=True, tag="config.target"):
    """What the settings came to, and every problem at once."""

    CHECK = CheckId.CONFIG_TARGET
    route: Route | None = None
    sources: tuple[str, ...] = ()
    """Names of the variables, flags and files that gave a value, in order of the settings."""
    problems: tuple[Finding, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Every way in which the settings say where a database is, where there are several."""
    nearest: tuple[str, ...] = ()
    """Where none was found: names of variables, never values, that come near those of a database."""
    also: tuple[Route, ...] = ()
    """Other routes that the settings leave open and that were not walked."""


class ConfigHygiene(Fact, frozen=True, kw_only=True, tag="config.hygiene"):
    """Raw values that look wrong, each with the variable that holds it."""

    CHECK = CheckId.CONFIG_HYGIENE
    problems: tuple[Finding, ...] = ()


class ConfigDialect(Fact, frozen=True, kw_only=True, tag="config.dialect"):
    """Options that the driver of the URL does not take."""

    CHECK = CheckId.CONFIG_DIALECT
    dialect: Dialect
    problems: tuple[Finding, ...] = ()


class RuntimePlatform(Fact, frozen=True, kw_only=True, tag="runtime.platform"):
    """Where we run."""

    CHECK = CheckId.RUNTIME_PLATFORM
    kind: PlatformKind
    service: str = ""
    revision: str = ""
    beside_others: bool = False
    proxy_variables: tuple[str, ...] = ()


class RuntimeFreeze(Fact, frozen=True, kw_only=True, tag="runtime.freeze"):
    """How late our own clock ticks came while the run went on; a jump means that we had no CPU."""

    CHECK = CheckId.RUNTIME_FREEZE
    ticks: int
    longest_gap_seconds: float


class MetadataServer(Fact, frozen=True, kw_only=True, tag="metadata.server"):
    """Whether the metadata server answers by name and by address, and what it says of the project."""

    CHECK = CheckId.METADATA_SERVER
    host: str
    by_name: ApiResult
    by_address: ApiResult | None = None
    http_status: int = 0
    project: str = ""
    project_number: str = ""
    region: str = ""
    universe: str = "googleapis.com"


class IdentityAccount(Fact, frozen=True, kw_only=True, tag="identity.account"):
    """The service account whose tokens this container gets."""

    CHECK = CheckId.IDENTITY_ACCOUNT
    email: str = ""
    scopes: tuple[str, ...] = ()
    http_status: int = 0


class IdentityToken(Fact, frozen=True, kw_only=True, tag="identity.token"):
    """The admin token and, where the user logs in by IAM, the login token."""

    CHECK = CheckId.IDENTITY_TOKEN
    tokens: tuple[TokenFact, ...] = ()
    source: str = "metadata"
    """``metadata`` or the name of the variable that names a credentials file."""


class EgressGoogleApis(Fact, frozen=True, kw_only=True, tag="egress.google_apis"):
    """Google's public VIP and 199.36.153.8, one TCP connect each."""

    CHECK = CheckId.EGRESS_GOOGLE_APIS
    public_vip: Attempt | None = None
    private_vip: Attempt | None = None


class EgressPublic(Fact, frozen=True, kw_only=True, tag="egress.public"):
    """A neutral public address."""

    CHECK = CheckId.EGRESS_PUBLIC
    attempt: Attempt | None = None


class EgressPrivate(Fact, frozen=True, kw_only=True, tag="egress.private"):
    """Private addresses that the settings name."""

    CHECK = CheckId.EGRESS_PRIVATE
    attempts: tuple[Attempt, ...] = ()


class EgressInstance(Fact, frozen=True, kw_only=True, tag="egress.instance"):
    """Every known address of the instance on 5432 and 3307."""

    CHECK = CheckId.EGRESS_INSTANCE
    attempts: tuple[Attempt, ...] = ()


class DnsResolver(Fact, frozen=True, kw_only=True, tag="dns.resolver"):
    """The system resolver against each name server directly."""

    CHECK = CheckId.DNS_RESOLVER
    nameservers: tuple[str, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()


class DnsTarget(Fact, frozen=True, kw_only=True, tag="dns.target"):
    """The addresses of the target's host, in the order the app's driver takes them."""

    CHECK = CheckId.DNS_TARGET
    host: str
    literal: bool = False
    addresses: tuple[str, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()


class DnsApis(Fact, frozen=True, kw_only=True, tag="dns.apis"):
    """Which class of address sqladmin.googleapis.com resolves to."""

    CHECK = CheckId.DNS_APIS
    answers: tuple[DnsAnswer, ...] = ()
