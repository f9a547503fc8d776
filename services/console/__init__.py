"""The console: the management REST API with Intuit's OAuth callback. What it says comes from auth or the registry."""
