"""Answers of Google's APIs for the fake HTTP client."""

import json
from typing import Any

from diagnostics.core.model import IpType, Options
from diagnostics.ports import HttpAnswer, HttpCall
from tests.checks.stage import INSTANCE, PUBLIC_IP

SQLADMIN, MANAGER = "http://sqladmin.test", "http://manager.test"
RUN, VPC = "http://run.test", "http://vpcaccess.test"
OPTIONS = Options(
    sqladmin_endpoint=SQLADMIN, resource_manager_endpoint=MANAGER, run_endpoint=RUN, vpcaccess_endpoint=VPC
)
RESOURCE = f"{SQLADMIN}/sql/v1beta4/projects/{INSTANCE.project}/instances/{INSTANCE.name}"

IP_TYPES = {IpType.PUBLIC: "PRIMARY", IpType.PRIVATE: "PRIVATE"}

Json = dict[str, Any]


def says(body: Json | str, status: int = 200) -> HttpAnswer:
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpAnswer(status=status, headers={"content-type": "application/json"}, body=text.encode())


def error(status: int, reason: str = "", message: str = "no", **metadata: str) -> HttpAnswer:
    """An error as Google's APIs write it, with ErrorInfo."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }
    return says({"error": {"code": status, "message": message, "details": [info] if reason else []}}, status)


def settings(**changes: Any) -> Json:
    """Connect settings of the instance."""
    return {
        "kind": "sql#connectSettings",
        "region": INSTANCE.region,
        "databaseVersion": "POSTGRES_16",
        "serverCaCert": {"kind": "sql#sslCert", "cert": "the instance's CA"},
        "ipAddresses": [{"type": "PRIMARY", "ipAddress": PUBLIC_IP}],
        "serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
        **changes,
    }


def sent(call: HttpCall) -> Json:
    """What a call carried."""
    assert call.body is not None
    body = json.loads(call.body.reveal())
    assert isinstance(body, dict)
    return body
