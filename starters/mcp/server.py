"""{{ "Speaks over stdin and stdout, so print to stderr." if server == "stdio" else "Clients connect to /" ~ ("sse" if server == "sse" else "mcp") ~ "." }}"""

from mcp.server import MCPServer
{% if server != 'stdio' %}
from starlette.requests import Request
from starlette.responses import PlainTextResponse
{% endif %}
{% include 'partials/hooks/imports.jinja' %}

{% include 'partials/hooks/start.jinja' %}
mcp = MCPServer("{{ project_name }}")


@mcp.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b
{% if server != 'stdio' %}


@mcp.custom_route("{{ health_path or '/healthz' }}", methods=["GET"])
async def health(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
{% endif %}
