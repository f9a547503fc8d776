"""The MCP edge: MCP and JSON-RPC on the wire, and nothing of what a tool means."""
