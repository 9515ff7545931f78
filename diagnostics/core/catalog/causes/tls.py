"""Causes in TLS."""

from diagnostics.core.catalog.causes.steps import CONNECT, mounted_socket
from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import Route, SettingName

_DIRECT = (Route.DIRECT,)
_CONNECTOR = (Route.CONNECTOR,)
_SSL = "https://cloud.google.com/sql/docs/postgres/configure-ssl-instance"

CAUSES: dict[Cause, CauseEntry] = {
    Cause.TLS_VERIFY_FAILED: CauseEntry(
        title="no trusted authority signed the server's certificate",
        explanation=(
            "The client verifies the server, and the certificate's chain does not end at an authority that it trusts. "
            "Cloud SQL signs with an authority of the instance's own, which no system store has."
        ),
        shows=(
            "certificate verify failed, self-signed certificate in certificate chain, x509: certificate signed by "
            "unknown authority."
        ),
        mistaken="an expired certificate, which has a message of its own.",
        settled_by="the authority that the Admin API gives for the instance, against the one in the certificate",
        steps=(
            Step(
                text="Fetch the instance's authority and point sslrootcert at it.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} --format='value(serverCaCert.cert)' "
                    "> server-ca.pem"
                ),
                doc=_SSL,
                routes=_DIRECT,
            ),
            Step(
                text="Point sslrootcert at the authority that signed the certificate of this server.",
                doc="https://www.postgresql.org/docs/current/libpq-ssl.html",
                place=Place.OWN_SERVER,
                routes=_DIRECT,
            ),
            Step(
                text="After a rotation of the authority keep old and new one in the file.",
                routes=_DIRECT,
            ),
            Step(
                text="Or use a connector or the mounted socket, which verify by themselves.",
                doc=CONNECT,
                routes=_DIRECT,
            ),
            Step(
                text="Start the process again: the connector then asks which authority the instance has now.",
                routes=_CONNECTOR,
            ),
            Step(
                text="See who signed what is shown; if it is not Cloud SQL's own authority, something stands between.",
                command="openssl s_client -connect {address}:3307 -showcerts </dev/null",
                routes=_CONNECTOR,
            ),
        ),
        setting=SettingName.ROOT_CERT,
    ),
    Cause.TLS_HOSTNAME_MISMATCH: CauseEntry(
        title="the server's certificate is for another name",
        explanation=(
            "The chain is right, but the certificate does not name what was dialled[: not {other}]. Certificates of "
            "Cloud SQL name PROJECT:INSTANCE or the instance's DNS name, never an IP address."
        ),
        shows="Hostname mismatch, does not match host name, doesn't contain any IP SANs.",
        mistaken="an unknown authority: then the chain fails first.",
        settled_by="the names in the certificate, which the evidence shows",
        steps=(
            Step(
                text="Use sslmode=verify-ca with the instance's authority, or dial the instance's DNS name.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(dnsName)'",
                doc=_SSL,
                routes=_DIRECT,
            ),
            Step(
                text="If it names another instance, correct the address.",
                routes=_DIRECT,
            ),
            Step(
                text="Or use a connector, which compares with PROJECT:INSTANCE.",
                doc=CONNECT,
                routes=_DIRECT,
            ),
            Step(
                text="If it names another instance, the address leads there: look at endpoints and records of yours.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
                routes=_CONNECTOR,
            ),
            Step(
                text="If the instance has an authority of your own, upgrade the connector: old ones compare otherwise.",
                command="pip install --upgrade cloud-sql-python-connector",
                routes=_CONNECTOR,
            ),
        ),
        setting=SettingName.TLS_MODE,
    ),
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
            ),
            Step(
                text="If it was meant to be the instance, correct host and port.",
                command="cloudsql-diag config",
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
    ),
    Cause.TLS_CERT_EXPIRED: CauseEntry(
        title="the server's certificate has expired",
        explanation=(
            "The certificate's time is over by this container's clock. Cloud SQL's server certificates have to be "
            "rotated before that."
        ),
        shows="certificate has expired, x509: certificate has expired or is not yet valid.",
        mistaken="a wrong clock, which makes every certificate look expired or not yet valid.",
        settled_by="the certificate's dates against the right time",
        steps=(
            Step(
                text="Rotate the server certificate.",
                command=(
                    "gcloud sql ssl server-certs create --instance {instance} --project {project} && gcloud sql ssl "
                    "server-certs rotate --instance {instance} --project {project}"
                ),
                doc=_SSL,
            ),
            Step(
                text="Renew the certificate of the server.",
                doc="https://www.postgresql.org/docs/current/ssl-tcp.html",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Compare the clock.",
                command="date -u",
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
    Cause.TLS_MITM_PROXY: CauseEntry(
        title="something between client and server speaks in the server's place",
        explanation=(
            "The peer shows a certificate that is not the server's, or cannot prove what only the server knows. An "
            "inspecting proxy, or a name that leads elsewhere, does that."
        ),
        shows=(
            "CERTIFICATE_VERIFY_FAILED for Google's own hosts, a certificate for another name, SCRAM server signature "
            "mismatch."
        ),
        mistaken="an old certificate store: Google's APIs are trusted by every current one.",
        settled_by="the issuer of the certificate that is shown",
        steps=(
            Step(
                text="See who issued it.",
                command=(
                    "openssl s_client -connect sqladmin.googleapis.com:443 -servername sqladmin.googleapis.com "
                    "</dev/null"
                ),
            ),
            Step(
                text="Leave Google's hosts out of inspection, or trust the proxy's authority.",
            ),
            Step(
                text="See whether a proxy is set.",
                command="env | grep -i _proxy",
            ),
        ),
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
        ),
        setting=SettingName.CLIENT_CERT,
    ),
}
