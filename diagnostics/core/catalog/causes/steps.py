"""Steps that several causes share: changing a value, however it reaches the process, and taking the mounted socket."""

from diagnostics.core.catalog.entry import Kept, Place, Step
from diagnostics.core.model import Route

RUN = "gcloud run {resource} update {service} --region {region}"
"""The beginning of every command that changes a revision."""
STORE = 'printf %s "VALUE" | gcloud secrets versions add SECRET --data-file=-'
"""A new version of a secret; unlike echo, printf adds no line break."""
CONNECT = "https://cloud.google.com/sql/docs/postgres/connect-run"
SEE_ROLE = (
    'psql -d postgres -c "SELECT rolname, rolcanlogin, rolconnlimit, rolvaliduntil FROM pg_roles '
    "WHERE rolname = '{user}'\""
)
"""Run as another role: the one it is about does not get in. Every role may read it."""
_DIRECT = (Route.DIRECT,)


NAME = (Kept.PLAIN, Kept.IN_URL)
"""How a value comes that anybody may see."""
PASSWORD = (Kept.SECRET, Kept.IN_URL)
URL = (Kept.SECRET,)
IN_VARIABLE = (Kept.PLAIN, Kept.SECRET, Kept.IN_URL)
"""How a value comes that the process was started with."""


def set_anew(what: str, value: str = "VALUE", kept: tuple[Kept, ...] = NAME) -> tuple[Step, ...]:
    """A value of the settings is changed, in the ways in which it can come.

    ``kept`` are those of them in which it comes as a variable.
    ``what`` is an imperative without a full stop: ``Set the right name``.
    """
    ways = (_plain(what, value), *_secret(what), _in_url(what))
    elsewhere = Step(
        text=f"{what} where the process is started[ ({{setting}})].", place=Place.OUTSIDE, kept=IN_VARIABLE
    )
    given = Step(text=f"{what}[: it comes from {{setting}}].", kept=(Kept.GIVEN,))
    return (*(step for step in ways if set(step.kept) <= set(kept)), elsewhere, given)


def _plain(what: str, value: str) -> Step:
    return Step(
        text=f"{what}.",
        command=f"{RUN} --update-env-vars {{setting}}={value}",
        place=Place.CLOUD_RUN,
        kept=(Kept.PLAIN,),
    )


def _secret(what: str) -> tuple[Step, Step]:
    return (
        Step(
            text=f"{what}: as a new version of the secret, without a line break.",
            command=STORE,
            place=Place.CLOUD_RUN,
            kept=(Kept.SECRET,),
        ),
        Step(
            text="Make the revision read the new version.",
            command=f"{RUN} --update-secrets {{setting}}=SECRET:latest",
            place=Place.CLOUD_RUN,
            kept=(Kept.SECRET,),
        ),
    )


def _in_url(what: str) -> Step:
    return Step(
        text=f"{what} in the URL[ that {{setting}} holds], and store the whole URL without a line break.",
        command=STORE,
        place=Place.CLOUD_RUN,
        kept=(Kept.IN_URL,),
    )


def mounted_socket(why: str) -> tuple[Step, ...]:
    """A direct connection becomes one over the socket. ``why`` is a reason without a full stop, from a comma on."""

    def attached(then: str, *kept: Kept, also: str = "") -> Step:
        return Step(
            text=f"Use the mounted socket{why}: attach the instance, and {then}",
            command=f"{RUN} --add-cloudsql-instances {{instance_name}}{also}",
            doc=CONNECT,
            place=Place.CLOUD_RUN,
            routes=_DIRECT,
            kept=kept,
            changes_host=True,
        )

    return (
        attached(
            "set {host_setting} to its directory.",
            Kept.PLAIN,
            Kept.SECRET,
            also=" --update-env-vars {host_setting}=/cloudsql/{instance_name}",
        ),
        attached("make the URL postgresql://USER:PASSWORD@/DATABASE?host=/cloudsql/{instance_name}", Kept.IN_URL),
        attached("give /cloudsql/{instance_name} as the host, to the app and in {host_setting}.", Kept.GIVEN),
    )


def proxy() -> tuple[Step, ...]:
    """What takes the socket's place outside Cloud Run."""
    return (
        Step(
            text="Use a connector library or the proxy.",
            command="cloud-sql-proxy {instance_name}",
            doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
            place=Place.OUTSIDE,
            routes=_DIRECT,
        ),
    )
