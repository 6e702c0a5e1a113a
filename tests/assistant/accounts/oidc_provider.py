"""A small OpenID Connect provider on a real socket: discovery, authorization code with PKCE, token, user info, keys."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "brevity", "a-secret-of-the-provider"


@dataclass
class Provider:
    """Logs everybody in as `person`. `refuses` makes it answer an error instead of a code."""

    person: dict[str, Any] = field(default_factory=dict)
    refuses: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    server: Any = None

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Endpoints,), {"provider": self}))
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def discovery(self) -> dict[str, Any]:
        endpoints = {name: f"{self.issuer}/{path}" for name, path in PATHS.items()}
        return {"issuer": self.issuer, "token_endpoint_auth_methods_supported": ["client_secret_post"], **endpoints}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next."""
        if self.refuses:
            answer = {"error": self.refuses}
        else:
            answer = {"code": secrets.token_urlsafe(8)}
            self.codes[answer["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        genuine = asked and asked["code_challenge"] == challenge.decode().rstrip("=")
        if not genuine or (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 400, {"error": "invalid_grant"}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "exp": int(time.time()) + 60}
        identity = jwt.encode(claims | self.person, self.key, "RS256", headers={"kid": "1"})
        return 200, {"access_token": "a-token", "token_type": "Bearer", "id_token": identity}

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "1", "use": "sig"}]}


PATHS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "keys",
}


class Endpoints(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        path = urlsplit(self.path).path
        if path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(asked))
            self.end_headers()
        elif path == "/userinfo":
            known = self.headers["Authorization"] == "Bearer a-token"
            self.answer(200 if known else 401, self.provider.person if known else {})
        else:
            self.answer(200, self.provider.keys() if path == "/keys" else self.provider.discovery())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(*self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *args: Any) -> None:
        pass
