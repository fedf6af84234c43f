"""What a sink received, in one form whatever the protocol: the requests that were traced, and the exceptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
OTLP_SERVER, OTLP_CONSUMER = 2, 5


@dataclass
class Received:
    """The names of entry spans, a request or a task each, and their traces; exceptions; senders; metrics."""

    requests: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    services: list[dict[str, str]] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    traces: set[str | int] = field(default_factory=set)

    def add(self, path: str, body: bytes) -> None:
        """Reads one message by the protocol that its path tells; raises ValueError where that is none of the known."""
        readers = {
            "/v1/traces": self._otlp_traces,
            "/v1/metrics": self._otlp_metrics,
            "/intake/v2/events": self._elastic,
            "/v0.4/traces": self._datadog,
            "/v0.5/traces": self._datadog_table,
            "/api/1/envelope/": self._sentry,
        }
        path = path.partition("?")[0]
        if path in readers:
            readers[path](body)
        elif not path.startswith(("/v1/logs", "/telemetry/", "/v0.6/stats", "/config/v1/agents")):
            raise ValueError(f"no protocol is known of {path}")

    def _otlp_traces(self, body: bytes) -> None:
        # https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
        for resource_spans in _each(body, 1):
            for resource in _each(resource_spans, 1):
                self.services.append(_attributes(resource, 1))
            for span in (span for scope in _each(resource_spans, 2) for span in _each(scope, 2)):
                numbers = dict(_fields(span))
                if numbers.get(6) in (OTLP_SERVER, OTLP_CONSUMER):
                    self.requests.append(bytes(numbers[5]).decode())
                    self.traces.add(bytes(numbers[1]).hex())
                for event in _each(span, 11):
                    if exception := _attributes(event, 3).get("exception.type"):
                        self.exceptions.append(exception)

    def _otlp_metrics(self, body: bytes) -> None:
        for resource_metrics in _each(body, 1):
            for metric in (metric for scope in _each(resource_metrics, 2) for metric in _each(scope, 2)):
                self.metrics.add(bytes(dict(_fields(metric))[1]).decode())

    def _elastic(self, body: bytes) -> None:
        # https://github.com/elastic/apm-server/tree/main/docs/spec/v2
        for line in body.splitlines():
            event = json.loads(line)
            if metadata := event.get("metadata"):
                self.services.append({"service.name": metadata["service"]["name"]})
            if transaction := event.get("transaction"):
                self.requests.append(transaction["name"])
                self.traces.add(transaction["trace_id"])
            if exception := event.get("error", {}).get("exception"):
                self.exceptions.append(exception["type"])

    def _datadog(self, body: bytes) -> None:
        for trace in msgspec.msgpack.decode(body):
            self._datadog_trace(trace)

    def _datadog_table(self, body: bytes) -> None:
        # https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/version.go
        names = ["service", "name", "resource", "trace_id", "span_id", "parent_id", "start", "duration", "error"]
        table, traces = msgspec.msgpack.Decoder(strict=False).decode(body)
        for trace in traces:
            spans = []
            for row in trace:
                span: dict[str, Any] = dict(zip(names, row, strict=False))
                span |= {name: table[span[name]] for name in names[:3]}
                span["meta"] = {table[key]: table[value] for key, value in row[9].items()}
                span["metrics"] = {table[key]: value for key, value in row[10].items()}
                spans.append(span)
            self._datadog_trace(spans)

    def _datadog_trace(self, spans: list[dict[str, Any]]) -> None:
        if any(span["metrics"].get("_sampling_priority_v1", 1) <= 0 for span in spans):  # the agent drops these
            return
        for span in spans:
            # Its WSGI middleware calls this part of a request a server's, too
            if span["meta"].get("span.kind") in ("server", "consumer") and span["name"] != "wsgi.start_response":
                self.requests.append(span["resource"])
                self.traces.add(span["trace_id"])
                self.services.append({"service.name": span["service"]})
            if "error.type" in span["meta"]:
                self.exceptions.append(span["meta"]["error.type"])

    def _sentry(self, body: bytes) -> None:
        # https://develop.sentry.dev/sdk/data-model/envelopes/
        _, *items = body.splitlines()
        for header, payload in zip(items[::2], items[1::2], strict=False):
            kind, event = json.loads(header)["type"], json.loads(payload)
            if kind == "transaction":
                self.requests.append(event["transaction"])
                self.traces.add(event["contexts"]["trace"]["trace_id"])
                self.services.append({"deployment.environment.name": event["environment"]})
            if kind == "event" and "exception" in event:  # a logged error has none
                self.exceptions += [value["type"] for value in event["exception"]["values"]]


def _fields(message: bytes | memoryview) -> Iterator[tuple[int, Any]]:
    """The fields of a protobuf message, number and value. https://protobuf.dev/programming-guides/encoding/"""
    view, position = memoryview(message), 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = view[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(view):
        number, kind = divmod(varint(), 8)
        if kind == VARINT:
            yield number, varint()
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(kind) or varint()
        yield number, view[position : position + size]
        position += size


def _each(message: bytes | memoryview, number: int) -> Iterator[memoryview]:
    return (value for found, value in _fields(message) if found == number)


def _attributes(message: memoryview, number: int) -> dict[str, str]:
    """The attributes of text that a message has in a field."""
    found = {}
    for attribute in map(dict, map(_fields, _each(message, number))):
        value = dict(_fields(attribute[2]))
        if 1 in value:
            found[bytes(attribute[1]).decode()] = bytes(value[1]).decode()
    return found
