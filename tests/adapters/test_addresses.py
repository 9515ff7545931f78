import pytest

from diagnostics.adapters.addresses import address_class
from diagnostics.core.observed import AddressClass


@pytest.mark.parametrize(
    "address, expected",
    [
        ("127.77.3.4", AddressClass.LOOPBACK),
        ("::1", AddressClass.LOOPBACK),
        ("0.0.0.0", AddressClass.LOOPBACK),
        ("/cloudsql/p:r:i/.s.PGSQL.5432", AddressClass.LOOPBACK),
        ("169.254.169.254", AddressClass.LINK_LOCAL),
        ("fe80::1", AddressClass.LINK_LOCAL),
        ("fe80::1%eth0", AddressClass.LINK_LOCAL),
        ("10.1.2.3", AddressClass.PRIVATE),
        ("172.31.255.255", AddressClass.PRIVATE),
        ("192.168.0.1", AddressClass.PRIVATE),
        ("fd00:ec2::1", AddressClass.PRIVATE),
        ("::ffff:10.1.2.3", AddressClass.PRIVATE),
        ("100.64.0.1", AddressClass.SHARED),
        ("100.127.255.255", AddressClass.SHARED),
        ("199.36.153.4", AddressClass.GOOGLE_RESTRICTED_VIP),
        ("199.36.153.7", AddressClass.GOOGLE_RESTRICTED_VIP),
        ("199.36.153.8", AddressClass.GOOGLE_PRIVATE_VIP),
        ("199.36.153.11", AddressClass.GOOGLE_PRIVATE_VIP),
        ("199.36.153.12", AddressClass.PUBLIC),
        ("172.32.0.1", AddressClass.PUBLIC),
        ("100.128.0.1", AddressClass.PUBLIC),
        ("192.0.2.1", AddressClass.PUBLIC),
        ("2600:1900::1", AddressClass.PUBLIC),
    ],
)
def test_the_class_is_what_cloud_runs_egress_setting_makes_of_it(address: str, expected: AddressClass) -> None:
    assert address_class(address) is expected


@pytest.mark.parametrize("text", ["", "db.example", "10.0.0.1\n", "10.0.0", "1.2.3.4.5"])
def test_a_name_has_no_class(text: str) -> None:
    with pytest.raises(ValueError, match="literal"):
        address_class(text)
