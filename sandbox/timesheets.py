"""What a time activity must say: who worked, how long, and for whom if it is billed."""

from datetime import datetime, timedelta

from sandbox.faults import fault
from sandbox.wire import PACIFIC, Document

MOST_HOURS = 9999
"""Hours of one activity; the vendor publishes a range fault and no range."""
PERSON = {"Employee": "EmployeeRef", "Vendor": "VendorRef"}
DURATION = ("Hours", "Minutes", "Seconds")
SPAN = ("StartTime", "EndTime")


def check_time(activity: Document, before: Document | None, now: datetime) -> Document:
    """Return a time activity with its date.

    Raises:
        QuickBooksFault: 6290 for the wrong person, 6310 to 6330 for what is missing to bill it, 6340 to 6390 for
            the time itself.
    """
    _check_person(activity)
    _check_billing(activity, before)
    _check_length(activity)
    return {"TxnDate": now.astimezone(PACIFIC).date().isoformat(), **activity}


def _check_person(activity: Document) -> None:
    wanted = PERSON[activity["NameOf"]]
    given = [name for name in PERSON.values() if name in activity]
    if given != [wanted]:
        raise fault("6290", f"InvalidEmployeeOrVendor : NameOf is {activity['NameOf']}, so give {wanted} alone")


def _check_billing(activity: Document, before: Document | None) -> None:
    status = activity.get("BillableStatus")
    if status == "HasBeenBilled" and (before or {}).get("BillableStatus") != status:
        raise fault("6320", "InvalidBillable : only QuickBooks sets HasBeenBilled; use Billable or NotBillable")
    if status != "Billable":
        return
    if "CustomerRef" not in activity:
        raise fault("6310", "MissingCustomer : billable time needs CustomerRef", element="CustomerRef")
    if "HourlyRate" not in activity:
        raise fault("6330", "MissingBillingRate : billable time needs HourlyRate", element="HourlyRate")


def _check_length(activity: Document) -> None:
    measured = any(name in activity for name in DURATION)
    if measured and any(name in activity for name in SPAN):
        raise fault("6390", "InvalidMultipleDurations : give Hours and Minutes, or StartTime and EndTime, not both")
    if measured:
        _check_duration(activity)
    elif all(name in activity for name in SPAN):
        _check_span(activity)
    else:
        raise fault("6350", "MissingTime : give Hours and Minutes, or StartTime and EndTime")


def _check_duration(activity: Document) -> None:
    hours, minutes, seconds = (activity.get(name, 0) for name in DURATION)
    if not (0 <= hours <= MOST_HOURS and 0 <= minutes < 60 and 0 <= seconds < 60):
        raise fault("6380", f"InvalidDuration : Hours 0 to {MOST_HOURS}, Minutes and Seconds 0 to 59")
    if not hours and not minutes and not seconds:
        raise fault("6340", "InvalidTime : the time must be more than zero")


def _check_span(activity: Document) -> None:
    start, end = (_instant(activity[name]) for name in SPAN)
    if start > end:
        raise fault("6370", "StartTimeAfterEndTime : StartTime must not lie after EndTime")
    breaks = {unit: activity.get(f"Break{unit.title()}", 0) for unit in ("hours", "minutes", "seconds")}
    if timedelta(**breaks) > end - start:
        raise fault("6360", "InvalidStartOrEndTime : the break is longer than the time between start and end")


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=PACIFIC)
