"""Instants as protobuf carries them."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import FieldViolation, RequestInvalid


def timestamp(instant: datetime) -> Timestamp:
    """Say an instant."""
    message = Timestamp()
    message.FromDatetime(instant)
    return message


def instant(message: Timestamp, field: str) -> datetime:
    """Read an instant, aware, to the microsecond.

    Raises:
        RequestInvalid: it lies outside of the calendar.
    """
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        expected = "must be an instant between the years 1 and 9999"
        raise RequestInvalid(FieldViolation(field=field, description=expected)) from None
