"""Speaks over stdin and stdout, so print to stderr."""

from mcp.server import MCPServer

mcp = MCPServer("My-Service")


@mcp.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b
