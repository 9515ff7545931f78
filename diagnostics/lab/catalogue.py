"""Builds the resources of the Admin API from the world, as it is at the moment of a request."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msgspec.structs import replace

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.certs import Certificates, pem
from diagnostics.lab.listings import CREATED, Link, etag, instance_link
from diagnostics.lab.network import Authorized
from diagnostics.lab.resources import (
    AclEntry,
    ConnectSettings,
    DatabaseInstance,
    DnsNameMapping,
    EphemeralCertAnswer,
    Flag,
    IpConfiguration,
    IpMapping,
    Listing,
    LocationPreference,
    PscConfig,
    ServerCas,
    Settings,
    SslCert,
)
from diagnostics.lab.routing import SOURCES, Stage
from diagnostics.lab.world import InstanceState, IpType, SslMode, World

_IAM_FLAG = "cloudsql.iam_authentication"


_STATES = {
    InstanceState.RUNNING: "RUNNABLE",
    # Only the activation policy tells that its owner stopped it.
    InstanceState.STOPPED: "RUNNABLE",
    InstanceState.SUSPENDED: "SUSPENDED",
    InstanceState.MAINTENANCE: "MAINTENANCE",
}

_AUTHORIZED = {
    Authorized.NONE: (),
    Authorized.NAT: (f"{SOURCES[Stage.NAT]}/32",),
    Authorized.ALL: ("0.0.0.0/0",),
}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def ssl_cert(world: World, certificate: x509.Certificate, text: str) -> SslCert:
    """``certificate`` described, ``text`` (which may hold more than one) as its PEM."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return SslCert(
        kind="sql#sslCert",
        cert_serial_number=str(certificate.serial_number),
        cert=text,
        common_name=str(names[0].value) if names else "",
        # The API's own field; says nothing about how anything is signed.
        sha1_fingerprint=certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303
        instance=world.instance,
        create_time=_time(certificate.not_valid_before_utc),
        expiration_time=_time(certificate.not_valid_after_utc),
    )


def ephemeral_cert(world: World, certificate: x509.Certificate) -> EphemeralCertAnswer:
    """The answer that carries an issued certificate."""
    return EphemeralCertAnswer(ephemeral_cert=ssl_cert(world, certificate, pem(certificate)))


class Catalogue:
    """Describes the instance: its settings for connectors, and the whole of it."""

    def __init__(self, addresses: Addresses, certificates: Certificates) -> None:
        """``addresses`` are where the instance's listeners are."""
        self._addresses = addresses
        self._certificates = certificates

    def connect_settings(self, world: World, _link: Link) -> ConnectSettings:
        """What connectors ask for."""
        return ConnectSettings(
            kind="sql#connectSettings",
            server_ca_cert=self._server_ca(world),
            ip_addresses=self._ip_addresses(world),
            region=world.region,
            database_version=world.database_version,
            # Without it the Go connector takes the instance for a first generation one.
            backend_type="SECOND_GEN",
            dns_name=_dns_name(world),
            dns_names=_dns_names(world),
            psc_enabled=IpType.PSC in world.ip_types,
            server_ca_mode=world.server_ca_mode.value,
            connection_name=world.connection_name,
        )

    def instance(self, world: World, link: Link) -> DatabaseInstance:
        """The whole instance."""
        return DatabaseInstance(
            kind="sql#instance",
            name=world.instance,
            project=world.project,
            region=world.region,
            gce_zone=f"{world.region}-b",
            state=_STATES[world.state],
            suspension_reason=("BILLING_ISSUE",) if world.state is InstanceState.SUSPENDED else (),
            create_time=CREATED,
            connection_name=world.connection_name,
            database_version=world.database_version,
            database_installed_version=f"{world.database_version}_9",
            instance_type="CLOUD_SQL_INSTANCE",
            backend_type="SECOND_GEN",
            self_link=instance_link(world, link),
            etag=etag(world.instance),
            service_account_email_address=f"p{world.project_number}-lab@gcp-sa-cloud-sql.iam.gserviceaccount.com",
            dns_name=_dns_name(world),
            dns_names=_dns_names(world),
            server_ca_cert=self._server_ca(world),
            ip_addresses=self._ip_addresses(world),
            settings=_settings(world),
        )

    def instances(self, world: World, link: Link) -> Listing:
        """Both instances of the project."""
        other = replace(world, instance=world.other_instance)
        return Listing(kind="sql#instancesList", items=tuple(self.instance(each, link) for each in (world, other)))

    def server_cas(self, world: World, _link: Link) -> ServerCas:
        """The authority in use."""
        authority = self._server_ca(world)
        return ServerCas(
            kind="sql#instancesListServerCas", certs=(authority,), active_version=authority.sha1_fingerprint
        )

    def _server_ca(self, world: World) -> SslCert:
        return ssl_cert(world, self._certificates.server_ca, self._certificates.server_ca_pem)

    def _ip_addresses(self, world: World) -> tuple[IpMapping, ...]:
        kinds = (kind for kind in world.ip_types if kind is not IpType.PSC)
        return tuple(IpMapping(type=kind.value, ip_address=self._addresses.of(kind, world)) for kind in kinds)


def _settings(world: World) -> Settings:
    return Settings(
        kind="sql#settings",
        tier="db-custom-2-7680",
        edition="ENTERPRISE",
        availability_type="ZONAL",
        activation_policy="NEVER" if world.state is InstanceState.STOPPED else "ALWAYS",
        pricing_plan="PER_USE",
        replication_type="SYNCHRONOUS",
        connector_enforcement=world.connector_enforcement,
        settings_version="7",
        data_disk_type="PD_SSD",
        data_disk_size_gb="10",
        storage_auto_resize=True,
        location_preference=LocationPreference(kind="sql#locationPreference", zone=f"{world.region}-b"),
        ip_configuration=_ip_configuration(world),
        database_flags=(
            Flag(name=_IAM_FLAG, value="on" if world.iam_logins else "off"),
            Flag(name="max_connections", value=str(world.max_connections)),
        ),
    )


def _ip_configuration(world: World) -> IpConfiguration:
    private = IpType.PRIVATE in world.ip_types
    return IpConfiguration(
        ipv4_enabled=IpType.PRIMARY in world.ip_types,
        private_network=f"projects/{world.project}/global/networks/default" if private else "",
        authorized_networks=tuple(
            AclEntry(kind="sql#aclEntry", name="app", value=value)
            for value in _AUTHORIZED[world.network.authorized_networks]
        ),
        psc_config=_psc_config(world),
        # The legacy field says the same of the one mode that it can express.
        require_ssl=world.ssl_mode is SslMode.CLIENT_CERTIFICATE,
        ssl_mode=world.ssl_mode.value,
        server_ca_mode=world.server_ca_mode.value,
    )


def _psc_config(world: World) -> PscConfig | None:
    if IpType.PSC not in world.ip_types:
        return None
    return PscConfig(psc_enabled=True, allowed_consumer_projects=(world.project,))


def _dns_name(world: World) -> str:
    return (world.psc_name if IpType.PSC in world.ip_types else world.dns_name) + "."


def _dns_names(world: World) -> tuple[DnsNameMapping, ...]:
    kinds = {
        IpType.PRIMARY: "PUBLIC",
        IpType.PRIVATE: "PRIVATE_SERVICES_ACCESS",
        IpType.PSC: "PRIVATE_SERVICE_CONNECT",
    }
    return (
        DnsNameMapping(
            name=_dns_name(world),
            connection_type=kinds[world.ip_types[0]],
            dns_scope="INSTANCE",
            record_manager="CLOUD_SQL_AUTOMATION",
        ),
    )
