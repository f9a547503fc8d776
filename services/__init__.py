"""The rooms of the mesh. They never import each other; each one's `app.py` alone wires it.

- `auth`: connections, MCP servers, grants; owns the vault and Intuit's OAuth.
- `registry`: tools and operations; owns the catalog.
- `executor`: tool calls; owns the QuickBooks accounting API.
- `mcp_edge`: MCP on the wire.
- `console`: the management REST API, the OAuth callback, later the pages.
"""
