"""What connect settings mean to a client, as Google's connectors read them."""

import pytest

from diagnostics.core.facts import AdminConnectSettings
from diagnostics.core.instance import addresses_of, api_path, belongs_to, login_name, psc_name
from diagnostics.core.model import InstanceName, IpType
from diagnostics.core.observed import ApiCall, ApiResult, InstanceAddress

INSTANCE = InstanceName(project="acme-prod", region="europe-west1", name="orders")
CALL = ApiCall(method="GET", url="https://sqladmin.example/", result=ApiResult.ANSWER)


def settings(*addresses: tuple[IpType, str], names: tuple[str, ...] = (), psc: bool = False) -> AdminConnectSettings:
    return AdminConnectSettings(
        call=CALL,
        addresses=tuple(InstanceAddress(ip_type=ip_type, address=address) for ip_type, address in addresses),
        dns_names=names,
        psc_enabled=psc,
    )


def test_the_last_address_of_a_type_is_the_only_one() -> None:
    found = settings((IpType.PUBLIC, "34.1.1.1"), (IpType.PRIVATE, "10.0.0.1"), (IpType.PUBLIC, "34.2.2.2"))
    assert addresses_of(found, IpType.PUBLIC) == ("34.2.2.2",)
    assert addresses_of(found, IpType.PRIVATE) == ("10.0.0.1",)
    assert addresses_of(found, IpType.PSC) == ()


@pytest.mark.parametrize(
    "names, psc, name",
    [
        ((), True, ""),
        (("a.example",), False, ""),
        (("a.example",), True, "a.example"),
        (("a.example", "x.sql-psc.goog", "y.sql-psc.goog"), True, "x.sql-psc.goog"),
    ],
)
def test_the_endpoint_of_private_service_connect(names: tuple[str, ...], psc: bool, name: str) -> None:
    assert psc_name(settings(names=names, psc=psc)) == name


@pytest.mark.parametrize(
    "dns_names, names, common_name, its",
    [
        (("db.example",), ("db.example",), "", True),
        (("db.example.",), ("DB.Example",), "", True),
        (("db.example",), ("other.example", "db.example."), "acme-prod:reports", True),
        (("db.example",), ("other.example",), "acme-prod:orders", True),
        ((), (), "acme-prod:orders", True),
        ((), ("db.example",), "", False),
        (("db.example",), (), "db.example", False),
        ((), (), "acme-prod:europe-west1:orders", False),
        ((), (), "ACME-PROD:orders", False),
        ((), (), "", False),
    ],
)
def test_a_certificate_is_the_instances(
    dns_names: tuple[str, ...], names: tuple[str, ...], common_name: str, its: bool
) -> None:
    """A DNS name of it, in any spelling, or its older common name, in this one only."""
    assert belongs_to(INSTANCE, dns_names, names, common_name) is its


@pytest.mark.parametrize(
    "email, name",
    [
        ("api@acme-prod.iam.gserviceaccount.com", "api@acme-prod.iam"),
        ("api@acme-prod.iam", "api@acme-prod.iam"),
        ("ada@example.com", "ada@example.com"),
        ("x.gserviceaccount.com@example.com", "x.gserviceaccount.com@example.com"),
    ],
)
def test_the_user_of_a_service_account(email: str, name: str) -> None:
    assert login_name(email) == name


def test_the_path_of_a_domain_scoped_project_keeps_its_colon() -> None:
    instance = InstanceName(project="example.com:shop", region="r", name="orders")
    assert api_path("http://x", instance) == "http://x/sql/v1beta4/projects/example.com:shop/instances/orders"
