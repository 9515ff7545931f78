"""Causes in TLS: whether both sides want it, and what the client has to show."""

from diagnostics.core.catalog.causes.steps import mounted_socket
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import Route, SettingName

_DIRECT = (Route.DIRECT,)
_CONNECTOR = (Route.CONNECTOR,)
_SSL = "https://cloud.google.com/sql/docs/postgres/configure-ssl-instance"

CAUSES: dict[Cause, CauseEntry] = {
    Cause.TLS_CLIENT_CERT_REQUIRED: CauseEntry(
        title="the instance wants a client certificate",
        explanation=(
            "The instance takes direct connections only with a client certificate that it signed. Connectors and the "
            "mounted socket bring one by themselves."
        ),
        shows="connection requires a valid client certificate (28000), alert certificate required.",
        mistaken="a wrong password: the server did not ask for it yet.",
        settled_by="the instance's sslMode, TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
        steps=(
            *mounted_socket(", which brings a certificate by itself"),
            Step(
                text="Use a connector library or the proxy, which bring one by themselves.",
                command="cloud-sql-proxy {instance_name}",
                doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
                place=Place.OUTSIDE,
            ),
            Step(
                text="Or make a client certificate and set sslcert and sslkey.",
                command=(
                    "gcloud sql ssl client-certs create NAME client-key.pem --instance {instance} --project {project}"
                ),
                doc=_SSL,
            ),
            Step(
                text="Set sslcert and sslkey to a certificate that the server's authority signed, and its key.",
                doc="https://www.postgresql.org/docs/current/libpq-ssl.html",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Or demand TLS without client certificates.",
                command="gcloud sql instances patch {instance} --project {project} --ssl-mode ENCRYPTED_ONLY",
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                title="the server wants a client certificate",
                explanation=(
                    "A rule of the server (cert or clientcert in pg_hba.conf) takes this user only with a certificate "
                    "that an authority of its choice signed. The client had none to show."
                ),
                settled_by="the server's rule for this user and address in pg_hba.conf",
            ),
        ),
        setting=SettingName.CLIENT_CERT,
    ),
    Cause.TLS_SSL_REQUIRED: CauseEntry(
        title="the server takes no connection without TLS",
        explanation=(
            "The client came without TLS, by sslmode or by the driver's default, and the server turns such connections "
            "away. A token for IAM login is never sent in plain either."
        ),
        shows="no pg_hba.conf entry ... no encryption, SSL off, pg_hba.conf rejects connection.",
        mistaken="a missing rule for the user: the words no encryption tell them apart.",
        settled_by="the same connection with sslmode=require",
        steps=(
            Step(
                text="Turn TLS on: sslmode=require for libpq and psycopg, ssl=require for asyncpg.",
                doc="https://www.postgresql.org/docs/current/libpq-connect.html",
            ),
            *mounted_socket(", where none is needed"),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The client came without TLS, by sslmode or by the driver's default, and the server turns such "
                    "connections away. Its rules (pg_hba.conf) fit them only with TLS, as hostssl does."
                ),
            ),
        ),
        setting=SettingName.TLS_MODE,
    ),
    Cause.TLS_NOT_SUPPORTED_BY_SERVER: CauseEntry(
        title="the server does not speak TLS, and the client insists on it",
        explanation=(
            "The server declined TLS and sslmode does not allow to go on without. Local proxies, poolers and the "
            "mounted socket are plain on this side and encrypt on the other."
        ),
        shows="server does not support SSL, but SSL was required; The server does not support SSL connections.",
        mistaken="a database without TLS: Cloud SQL always offers it on 5432.",
        settled_by="what listens at the address: the instance itself, or a proxy or pooler",
        steps=(
            Step(
                text="Towards a proxy or pooler of your own use sslmode=disable; it encrypts towards the instance.",
                doc="https://www.postgresql.org/docs/current/libpq-ssl.html",
                place=Place.GOOGLE,
            ),
            Step(
                text="If it was meant to be the instance, correct host and port.",
                command="cloudsql-diag config",
                place=Place.GOOGLE,
            ),
            Step(
                text="Turn TLS on in the server (ssl = on, with a certificate and its key) or in the pooler before it.",
                doc="https://www.postgresql.org/docs/current/ssl-tcp.html",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Where the way to it is safe without, use sslmode=prefer.",
                doc="https://www.postgresql.org/docs/current/libpq-ssl.html",
                place=Place.OWN_SERVER,
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The server declined TLS and sslmode does not allow to go on without. A server has TLS only with "
                    "ssl = on and a certificate; a pooler before it has settings of its own."
                ),
                settled_by="the server's setting ssl, and whether a pooler stands before it",
            ),
        ),
        setting=SettingName.TLS_MODE,
    ),
    Cause.TLS_PROTOCOL_MISMATCH: CauseEntry(
        title="client and server do not agree on a protocol version",
        explanation=(
            "The TLS handshake, or PostgreSQL's own, ended because the versions have nothing in common. The "
            "server-side proxy on 3307 takes TLS 1.3 only."
        ),
        shows="unsupported protocol, wrong version number, protocol version alert, unsupported frontend protocol.",
        mistaken="a certificate problem.",
        settled_by="a handshake with a current client",
        steps=(
            Step(
                text="Use a current client library and OpenSSL.",
            ),
            Step(
                text="See whether something between the two speaks in the server's place.",
                command="openssl s_client -connect {address}:{port} -starttls postgres",
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The TLS handshake, or PostgreSQL's own, ended because the versions have nothing in common. What "
                    "a server takes is between its ssl_min_protocol_version and ssl_max_protocol_version."
                ),
            ),
        ),
    ),
    Cause.TLS_LOCAL_CERT_FILES: CauseEntry(
        title="certificate or key files of the client cannot be used",
        explanation=(
            "A file that sslrootcert, sslcert or sslkey names is missing, unreadable or not what it should be. The "
            "client gives up before it talks to the server."
        ),
        shows=(
            "root certificate file does not exist, private key file has group or world access, could not load private "
            "key."
        ),
        mistaken="a rejected certificate: the server was not asked yet.",
        settled_by="the files, read by the user that the process runs as",
        steps=(
            Step(
                text="See whether they are there and readable.",
                command="ls -l ~/.postgresql {setting}",
            ),
            Step(
                text="A key must be readable by its owner alone.",
                command="chmod 0600 client-key.pem",
            ),
            Step(
                text="Mount the files from Secret Manager.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --update-secrets "
                    "/certs/server-ca.pem=SECRET:latest"
                ),
                place=Place.CLOUD_RUN,
            ),
        ),
        setting=SettingName.ROOT_CERT,
    ),
    Cause.TLS_CLIENT_CERT_REFUSED: CauseEntry(
        title="the instance refuses the client certificate",
        explanation=(
            "The handshake was completed and then ended: the server-side proxy does not take the certificate it was "
            "shown, because it expired or another authority signed it. Connector certificates last an hour."
        ),
        shows=(
            "alert unknown ca, bad certificate or certificate expired right after the handshake; EOF in the middle of "
            "it."
        ),
        mistaken="a wrong server certificate: here the client trusts the server, not the other way round.",
        settled_by="the certificate's dates and issuer, and this container's clock",
        steps=(
            Step(
                text="Let the connector fetch a new certificate; it does so hourly as long as the process has CPU.",
                routes=(Route.CONNECTOR, Route.SOCKET),
            ),
            Step(
                text="Compare the clock.",
                command="date -u",
            ),
            Step(
                text="With files of your own: make a new client certificate.",
                command=(
                    "gcloud sql ssl client-certs create NAME client-key.pem --instance {instance} --project {project}"
                ),
                doc=_SSL,
                routes=_DIRECT,
            ),
            Step(
                text="Make a new client certificate with an authority that the server's ssl_ca_file holds.",
                doc="https://www.postgresql.org/docs/current/ssl-tcp.html",
                place=Place.OWN_SERVER,
            ),
        ),
        setting=SettingName.CLIENT_CERT,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                title="the server refuses the client certificate",
                explanation=(
                    "The handshake was completed and then ended: the server does not take the certificate it was "
                    "shown. It expired, or no authority in the server's ssl_ca_file signed it."
                ),
            ),
        ),
    ),
}
