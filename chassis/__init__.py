"""What every room stands on: settings, servers, channels, errors, grants, logs and telemetry. It knows no room."""
