"""Causes in TLS: whether the client trusts the server's certificate."""

from diagnostics.core.catalog.causes.steps import CONNECT
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
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
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The client verifies the server, and the certificate's chain does not end at an authority that it "
                    "trusts. A certificate that is self-signed, or signed in the house, has none in any system store."
                ),
                settled_by="the authority that signed the server's certificate, against those that sslrootcert holds",
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
        settled_by="the names in the certificate",
        steps=(
            Step(
                text="Use sslmode=verify-ca with the instance's authority, or dial the instance's DNS name.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(dnsName)'",
                doc=_SSL,
                routes=_DIRECT,
            ),
            Step(
                text="Dial a name that the certificate has, or give the server one for the name that is dialled.",
                doc="https://www.postgresql.org/docs/current/libpq-ssl.html",
                place=Place.OWN_SERVER,
                routes=_DIRECT,
            ),
            Step(
                text="If it names another server, correct the address.",
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
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The chain is right, but the certificate does not name what was dialled[: not {other}]. With "
                    "sslmode=verify-full the host in the settings has to be one of its names."
                ),
            ),
        ),
        setting=SettingName.TLS_MODE,
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
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The certificate's time is over by this machine's clock. Clients that verify the server turn it "
                    "away from then on."
                ),
            ),
        ),
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
                text="See who issued it.",
                command="openssl s_client -connect {address}:{port} -starttls postgres </dev/null",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Leave Google's hosts out of inspection, or trust the proxy's authority.",
                place=Place.GOOGLE,
            ),
            Step(
                text="See whether a proxy is set.",
                command="env | grep -i _proxy",
            ),
        ),
    ),
}
