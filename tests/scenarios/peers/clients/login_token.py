"""The access token of the container's service account, as `gcloud sql generate-login-token` would print it."""

import json
import urllib.request

URL = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
SCOPE = "https://www.googleapis.com/auth/sqlservice.login"

if __name__ == "__main__":
    request = urllib.request.Request(f"{URL}?scopes={SCOPE}", headers={"Metadata-Flavor": "Google"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        print(json.load(answer)["access_token"])
