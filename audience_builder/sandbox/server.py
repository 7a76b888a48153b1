"""The stand-in's front door: HTTP on the loopback interface, in-process or as a server of its own."""

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from audience_builder.errors import ConfigError
from audience_builder.sandbox.account import Account, Keys
from audience_builder.sandbox.faults import AFTER, Fault, Kind, faulty_reply
from audience_builder.sandbox.replies import ApiError, Reply, json_reply, refusal

__all__ = ["Sandbox", "serve"]

_VERSIONS: Final = ("v25.0", "v26.0")
_LONGEST_LINE: Final = 8_000
_PAGE: Final = 20
_JSON_PARAMS: Final = ("payload", "session", "lookalike_spec", "is_value_based", "retention_days")
_USAGE: Final = {
    "type": "custom_audience",
    "call_count": 3,
    "total_cputime": 2,
    "total_time": 1,
    "estimated_time_to_regain_access": 0,
    "ads_api_access_tier": "standard_access",
}


class Sandbox:
    """A strict stand-in of Meta's Marketing API; a context manager.

    It refuses what Meta documents as refused, with Meta's codes, and notes in ``findings`` what Meta
    would take and silently never match. Members are really added, removed and replaced.

    Args:
        account: The ad account it serves.
        tokens: Access tokens with their permissions.
        faults: Faults to rehearse.
        clock: Seconds since the epoch.
        minimum: Members below which removals are refused.
        known: For each key the right digests of a rehearsal's people.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        on_call: Called with "received" and "applied", edge and number of each writing call.
    """

    def __init__(
        self,
        *,
        account: str = "act_1",
        tokens: Mapping[str, Sequence[str]] | None = None,
        faults: Sequence[Fault] = (),
        clock: Callable[[], float] = time.time,
        minimum: int = 100,
        known: Mapping[str, frozenset[str]] | None = None,
        port: int = 0,
        on_call: Callable[[str, str, int], None] | None = None,
    ) -> None:
        self.account = Account(account=account, clock=clock, minimum=minimum, known=known)
        self.tokens = dict(tokens) if tokens is not None else {"sandbox-token": ("ads_management",)}
        self.token_expires_at = 0
        self.faults = list(faults)
        self.calls: list[tuple[str, str]] = []
        self.usage: Mapping[str, object] = _USAGE
        self._counts: Counter[tuple[str, str]] = Counter()
        self._on_call = on_call
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Root of the API, for ``AUDIENCE_BUILDER_META_ENDPOINT``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that lead an upload here."""
        return {"AUDIENCE_BUILDER_META_ENDPOINT": self.url, "META_ACCESS_TOKEN": next(iter(self.tokens))}

    @property
    def findings(self) -> Mapping[str, int]:
        """What Meta would have taken and never matched, and other faults; never a value of a person."""
        unfinished = sum(not session.finished for session in self.account.sessions.values())
        found = Counter(self.account.findings)
        if unfinished:
            found["sessions without a last batch"] = unfinished
        return found

    def audience_id(self, name: str) -> str:
        """The id of the audience of that name."""
        return next(a.audience_id for a in self.account.audiences.values() if a.name == name)

    def members(self, name: str) -> dict[Keys, float | None]:
        """Match keys and value of every member of the audience of that name."""
        with self._guard:
            return dict(self.account.audiences[self.audience_id(name)].members)

    def writes(self) -> list[tuple[str, str]]:
        """Calls that carried people."""
        return [call for call in self.calls if call[1] in {"users", "usersreplace", "usersofanyaudience"}]

    def serve_forever(self) -> None:
        """Answer until interrupted."""
        self._server.serve_forever()

    # Answering

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """The reply to one request; None resets the connection."""
        with self._guard:
            parts = urlsplit(target)
            path = [part for part in parts.path.split("/") if part]
            if path[:1] == ["_sandbox"]:
                return self._control(path[1:], body)
            edge = path[2] if len(path) > 2 else ""  # noqa: PLR2004  version, node, edge
            self._counts[method, edge] += 1
            call = self._counts[method, edge]
            self.calls.append((method, edge))
            self._notify("received", method, edge, call)
            fault = next((fault for fault in self.faults if fault.strikes(method, edge, call)), None)
            if fault is not None and fault.kind not in AFTER:
                if fault.kind in (Kind.TIMED_OUT, Kind.FINISHED):
                    self.account.end_replacements()
                return faulty_reply(fault, None)
            reply = self._handled(method, path, parts.query, headers, body)
            self._notify("applied", method, edge, call)
        if fault is not None:
            if fault.kind is Kind.SLOW:
                time.sleep(fault.seconds)
            return faulty_reply(fault, reply)
        return reply

    def _notify(self, stage: str, method: str, edge: str, call: int) -> None:
        if self._on_call is not None and method != "GET":
            self._on_call(stage, edge, call)

    def _handled(self, method: str, path: Sequence[str], query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            in_address = dict(parse_qsl(query))
            params = _params(in_address, headers, body)
            if method == "DELETE" and "payload" in in_address:
                self.account.findings["people in the address of a DELETE"] += 1
            self._check_version(path)
            self._check_token(params, headers)
            effective = str(params.get("method") or method).upper()
            content = self._routed(effective, path[1], path[2:], params)
        except ApiError as error:
            return refusal(error, self._usual_headers())
        return json_reply(content, self._usual_headers())

    def _check_version(self, path: Sequence[str]) -> None:
        if len(path) < 2 or path[0] not in _VERSIONS:  # noqa: PLR2004  version and node
            raise ApiError(2635, None, "You are calling a deprecated version")

    def _usual_headers(self) -> dict[str, str]:
        usage = json.dumps({"1": [self.usage]})
        return {"X-Business-Use-Case-Usage": usage, "X-FB-Trace-ID": f"Sandbox{len(self.calls):06d}"}

    def _check_token(self, params: dict[str, object], headers: Mapping[str, str]) -> None:
        bearer = headers.get("Authorization", "").removeprefix("Bearer ").removeprefix("OAuth ")
        token = str(params.pop("access_token", "") or bearer)
        if token not in self.tokens:
            raise ApiError(190, None, "Invalid OAuth access token", status=401)
        params["_scopes"] = self.tokens[token]

    def _routed(self, method: str, node: str, edges: Sequence[str], params: dict[str, object]) -> dict[str, object]:
        scopes = params.pop("_scopes")
        if node == "me":
            return {"id": "100000000000001"}
        if node == "debug_token":
            return {"data": {"is_valid": True, "expires_at": self.token_expires_at, "scopes": scopes}}
        if not isinstance(scopes, Sequence) or "ads_management" not in scopes:
            raise ApiError(200, None, "The permission ads_management is missing", status=403)
        edge = edges[0] if edges else ""
        if node.startswith("act_"):
            return self._account_call(method, node, edge, params)
        return self._audience_call(method, node, edge, params)

    def _account_call(self, method: str, node: str, edge: str, params: dict[str, object]) -> dict[str, object]:
        if node != self.account.account:
            raise ApiError(100, 33, "Unsupported request: the object does not exist")
        match method, edge:
            case "GET", "":
                return {"id": node, "tos_accepted": self.account.terms}
            case "GET", "customaudiences":
                return self._listed(params)
            case "POST", "customaudiences":
                return self.account.create(params)
            case "DELETE", "usersofanyaudience":
                return self.account.erase(params)
        raise ApiError(100, 33, "Unsupported request")

    def _audience_call(self, method: str, node: str, edge: str, params: dict[str, object]) -> dict[str, object]:
        match method, edge:
            case "GET", "":
                return self.account.described(self.account.audience(node))
            case "DELETE", "":
                return self.account.delete(node)
            case "GET", "sessions":
                return self.account.session_list(node, int(str(params.get("session_id"))))
            case (("POST" | "DELETE"), "users"):
                return self.account.upload(node, edge, params, removing=method == "DELETE")
            case "POST", "usersreplace":
                return self.account.upload(node, edge, params, removing=False)
        raise ApiError(100, 33, "Unsupported request")

    def _listed(self, params: Mapping[str, object]) -> dict[str, object]:
        start = int(str(params.get("after") or 0))
        limit = min(int(str(params.get("limit") or 25)), _PAGE)
        audiences = list(self.account.audiences.values())
        page = [self.account.described(audience) for audience in audiences[start : start + limit]]
        end = start + len(page)
        paging: dict[str, object] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(audiences):
            paging["next"] = f"{self.url}/next"
        return {"data": page, "paging": paging}

    def _control(self, path: Sequence[str], body: bytes) -> Reply:
        """Look into the stand-in, or ask it for a fault, over HTTP."""
        if path == ["faults"]:
            wanted = json.loads(body)
            self.faults = [Fault(**{**fault, "kind": Kind(fault["kind"])}) for fault in wanted]
            return json_reply({"faults": len(self.faults)})
        if path == ["findings"]:
            return json_reply(dict(self.findings))
        if path == ["audiences"]:
            listed = {
                audience.name: [{"keys": sorted(keys), "value": value} for keys, value in audience.members.items()]
                for audience in self.account.audiences.values()
            }
            return json_reply(listed)
        return refusal(ApiError(100, 33, "Unknown control call"))


def _params(in_address: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> dict[str, object]:
    params: dict[str, object] = dict(in_address)
    if "json" in headers.get("Content-Type", ""):
        content = _decoded(body.decode(errors="replace"))
        params.update(content if isinstance(content, dict) else {})
    elif body:
        params.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    for name in _JSON_PARAMS:
        text = params.get(name)
        if isinstance(text, str):
            params[name] = _decoded(text)
    return params


def _decoded(text: str) -> object:
    """JSON as Meta reads it: NaN and Infinity are no numbers."""

    def no_number(_name: str) -> object:
        raise ApiError(100, None, "Invalid JSON: NaN or Infinity")

    try:
        return json.loads(text, parse_constant=no_number)
    except ValueError:
        raise ApiError(100, None, "Invalid JSON") from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that went away is part of the rehearsal."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
        """Log nothing: the request line holds the token."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if len(self.requestline) > _LONGEST_LINE:
            reply: Reply | None = faulty_reply(Fault(kind=Kind.TOO_LONG), None)
        else:
            reply = self.server.sandbox.answer(self.command, self.path, dict(self.headers.items()), body)
        if reply is None:
            self._reset()
            return
        head = [f"HTTP/1.1 {reply.status} Sandbox", f"Content-Type: {reply.content_type}"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        head.append(f"Content-Length: {len(reply.body)}")
        self.wfile.write("\r\n".join((*head, "", "")).encode() + reply.body)

    def _reset(self) -> None:
        """Drop the connection so that the client sees a reset, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def serve(
    port: int,
    *,
    account: str = "act_1",
    token: str = "sandbox-token",  # noqa: S107  opens nothing but the stand-in
    announce: Callable[[Mapping[str, str]], None] | None = None,
) -> None:
    """Run the stand-in until interrupted.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        account: The ad account it serves.
        token: The access token it takes.
        announce: Called once it answers, with the environment variables that lead there.

    Raises:
        ConfigError: The port cannot be had.
    """
    try:
        sandbox = Sandbox(account=account, tokens={token: ("ads_management",)}, port=port)
    except OSError as error:
        raise ConfigError(
            f"Port {port} cannot be used.",
            f"The system says: {error.strerror}.",
            "Choose another with --port, or 0 for any free one.",
        ) from None
    if announce is not None:
        announce(sandbox.environ)
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        return
