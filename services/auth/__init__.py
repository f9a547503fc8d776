"""The auth room: it owns the vault, Intuit's OAuth and the grants of the mesh."""
