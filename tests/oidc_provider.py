"""A small OpenID Connect provider on this machine, which asks nobody for a password: for trying the login out.

python -m tests.oidc_provider 9000    # people choose who they are; see docs/login.md
"""

import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "gamut", "only-for-trying"
PEOPLE = {
    "ada": {"name": "Ada <b>Lovelace</b>", "email": "ada@example.org", "email_verified": True},
    "eve": {"name": "Eve", "email": "eve@elsewhere.example", "email_verified": True},
}


class Provider(ThreadingHTTPServer):
    """Discovery, authorization, token and keys; a code serves once, for whom the verifier of its challenge is known."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("localhost", port), _Answers)
        self.url = f"http://localhost:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.codes: dict[str, dict[str, Any]] = {}


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        place, query = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        url = self.server.url
        if place == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "code_challenge_methods_supported": ["S256"],
                }
            )
        elif place == "/keys":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif place == "/authorize" and query.get("client_id") == CLIENT:
            links = (f'<p><a href="/chosen?{urlencode(query | {"who": who})}">{who}</a></p>' for who in PEOPLE)
            self._send("<!doctype html><title>Who are you?</title>" + "".join(links), "text/html")
        elif place == "/chosen":
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = query
            self.send_response(302)
            back = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(body.get("code", [""])[0], None)
        word = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        proof = hashlib.sha256(body.get("code_verifier", [""])[0].encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if asked is None or word != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            self.send_error(400)
            return
        now = int(time.time())
        claims = {"iss": self.server.url, "sub": asked["who"], "aud": CLIENT, "iat": now, "exp": now + 600}
        claims |= {"nonce": asked["nonce"]} | PEOPLE[asked["who"]]
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.server.key)
        self._json({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _json(self, value: Any) -> None:
        self._send(json.dumps(value), "application/json")

    def _send(self, text: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def providing() -> Iterator[Provider]:
    """The provider on a free port."""
    with Provider() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


def secrets_of(url: str, redirect: str = "http://localhost:{port}/oauth2callback") -> str:
    """What the app's secrets say of the provider at that address."""
    return (
        f'[auth]\nredirect_uri = "{redirect}"\ncookie_secret = "{secrets.token_hex(32)}"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "{SECRET}"\nserver_metadata_url = "{url}/.well-known/openid-configuration"\n'
    )


if __name__ == "__main__":
    with Provider(int(sys.argv[1])) as running:
        print(secrets_of(running.url), flush=True)
        running.serve_forever()
