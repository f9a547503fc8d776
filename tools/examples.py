"""An example call of each tool, made from its schema: what the reference shows and what tests send to the sandbox.

Ids are those of the sandbox's first company. A schema cannot say what a record needs beside its required members, so a
few tools name more in `WITH`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from services.registry.model import Entry, Location, ResultShape

DAY = "2026-11-15"
MOMENT = "2026-11-15T09:00:00-08:00"

REFERENCES: Mapping[str, str] = {
    "APAccountRef": "33",
    "AccountRef": "61",
    "AdjustAccountRef": "66",
    "BankAccountRef": "35",
    "CCAccountRef": "41",
    "CreditCardAccountRef": "41",
    "CustomerRef": "42",
    "DepositToAccountRef": "35",
    "EmployeeRef": "1",
    "EntityRef": "42",
    "FromAccountRef": "35",
    "IncomeAccountRef": "79",
    "ItemRef": "2",
    "ToAccountRef": "36",
    "VendorRef": "105",
}
"""What references point to, by the member's name."""

TEXTS: Mapping[str, str] = {
    "AccountType": "Expense",
    "AccountSubType": "Travel",
    "Code": "EUR",
    "ContentType": "text/plain",
    "DisplayName": "Alder & Finch",
    "FileName": "receipt.txt",
    "GivenName": "Wren",
    "Name": "Northern branch",
    "SourceCurrencyCode": "EUR",
    "StartDate": "2027-01-01",
    "EndDate": "2027-12-31",
    "BudgetDate": "2027-01-01",
    "SyncToken": "0",
    "TaxAgencyId": "1",
    "TaxCode": "Harbour tax",
    "TaxRateName": "Harbour rate",
    "TxnId": "102",
    "TxnType": "Invoice",
    "changedSince": MOMENT,
    "content_base64": "VGhhbmsgeW91IGZvciB5b3VyIHB1cmNoYXNl",
    "entities": "Invoice,Customer",
    "id": "102",
    "sendTo": "office@alder-finch.example",
    "type": "Invoice",
    "value": "102",
}

_BILL_LINE = {
    "DetailType": "AccountBasedExpenseLineDetail",
    "Amount": 100,
    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "61"}},
}
_SALES_LINE = {
    "DetailType": "SalesItemLineDetail",
    "Amount": 300,
    "SalesItemLineDetail": {"ItemRef": {"value": "2"}, "Qty": 2, "UnitPrice": 150},
}
_DEBIT, _CREDIT = (
    {
        "DetailType": "JournalEntryLineDetail",
        "Amount": 100,
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
    }
    for side, account in (("Debit", "61"), ("Credit", "35"))
)
_BILL_PAID = [{"Amount": 100, "LinkedTxn": [{"TxnId": "142", "TxnType": "Bill"}]}]

WITH: Mapping[str, Mapping[str, Any]] = {
    "create_a_quick_books_account": {"AccountType": "Expense"},
    "create_a_quick_books_attachment": {
        "Note": "Agreed by telephone",
        "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "102"}}],
    },
    "create_a_quick_books_bill_payment": {
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "Line": _BILL_PAID,
    },
    "create_a_quick_books_customer": {"DisplayName": "Alder & Finch"},
    "create_a_quick_books_deposit": {
        "Line": [
            {
                "Amount": 100,
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {"AccountRef": {"value": "79"}},
            }
        ]
    },
    "create_a_quick_books_employee": {"GivenName": "Wren", "FamilyName": "Rowan"},
    "create_a_quick_books_item": {"Type": "Service", "IncomeAccountRef": {"value": "79"}},
    "create_a_quick_books_journal_entry": {"Line": [_DEBIT, _CREDIT]},
    "create_a_quick_books_payment": {
        "Line": [{"Amount": 100, "LinkedTxn": [{"TxnId": "102", "TxnType": "Invoice"}]}],
    },
    "create_a_quick_books_purchase": {"AccountRef": {"value": "35"}, "PaymentType": "Cash", "Line": [_BILL_LINE]},
    "create_a_quick_books_recurring_transaction": {
        "Type": "Invoice",
        "Transaction": {"CustomerRef": {"value": "42"}, "Line": [_SALES_LINE]},
        "RecurringInfo": {
            "Name": "Monthly retainer",
            "RecurType": "Automated",
            "ScheduleInfo": {"IntervalType": "Monthly", "DayOfMonth": 1, "StartDate": "2027-01-01"},
        },
    },
    "create_a_quick_books_term": {"DueDays": 20},
    "create_a_quick_books_time_activity": {
        "NameOf": "Vendor",
        "VendorRef": {"value": "110"},
        "Hours": 2,
        "Minutes": 30,
    },
    "create_a_quick_books_vendor": {"DisplayName": "Alder & Finch"},
    "create_a_quick_books_tax_code": {
        "TaxRateDetails": [{"TaxRateName": "Harbour rate", "RateValue": 5, "TaxAgencyId": "1"}]
    },
    "create_a_quick_books_batch_of_records": {
        "records": [{"entity": "Customer", "record": {"DisplayName": "Alder & Finch"}}]
    },
    "update_a_quick_books_batch_of_records": {
        "records": [{"entity": "Customer", "record": {"Id": "42", "SyncToken": "0", "Notes": "Prefers e-mail"}}]
    },
    "delete_a_quick_books_batch_of_records": {
        "records": [{"entity": "Bill", "record": {"Id": "142", "SyncToken": "0"}}]
    },
    "upload_a_quick_books_attachment": {"AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "102"}}]},
    "update_a_quick_books_customer_by_id": {"Notes": "Prefers e-mail"},
    "update_a_quick_books_invoice_by_id": {"PrivateNote": "Agreed by telephone"},
    "get_quick_books_balance_sheet_report": {"start_date": "2026-01-01", "end_date": DAY},
}


def example_of(entry: Entry) -> dict[str, Any]:
    """Arguments that QuickBooks takes, as far as records of these ids exist: what is required, and `WITH`."""
    if entry.operation.result_shape is ResultShape.PAGE:
        return {"query": _query(entry.tool.description), "limit": 20}
    schema = msgspec.json.decode(entry.tool.detail_schema_json)
    needed = {name: _value(name, schema["properties"][name], entry) for name in schema.get("required", ())}
    if entry.tool.method == "send":
        needed["sendTo"] = TEXTS["sendTo"]
    example = {**needed, **WITH.get(entry.tool.tool_id, {})}
    return example or _dates(schema["properties"])


def _query(description: str) -> str:
    return description.partition("Example: ")[2].partition(". Filters: ")[0].removesuffix(".")


def _dates(properties: Mapping[str, Any]) -> dict[str, Any]:
    dates = {"start_date": "2026-01-01", "end_date": DAY, "report_date": DAY}
    return {name: day for name, day in dates.items() if name in properties}


def _value(name: str, schema: Mapping[str, Any], entry: Entry) -> Any:
    kind = schema["type"]
    if kind == "array":
        return [_item(name, schema["items"], entry)]
    if kind == "object":
        return _object(name, schema, entry)
    if kind in ("number", "integer"):
        return 100
    if kind == "boolean":
        return True
    if name in TEXTS and TEXTS[name] in schema.get("enum", [TEXTS[name]]):
        return TEXTS[name]
    return _text(name, schema)


def _text(name: str, schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    return {"date": DAY, "date-time": MOMENT}.get(schema.get("format", ""), name)


def _object(name: str, schema: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    if name in REFERENCES:
        return {"value": REFERENCES[name]}
    needed = schema.get("required") or list(schema.get("properties", ()))[:1]
    return {member: _value(member, schema["properties"][member], entry) for member in needed}


def _item(name: str, schema: Mapping[str, Any], entry: Entry) -> Any:
    """One item of a list; a line of the kind that most such documents have."""
    kinds = schema.get("properties", {}).get("DetailType", {}).get("enum", ())
    if "AccountBasedExpenseLineDetail" in kinds:
        return _BILL_LINE
    if "SalesItemLineDetail" in kinds:
        return _SALES_LINE
    item = _value(name, schema, entry)
    return {**item, "DetailType": kinds[0]} if kinds else item


def request_of(entry: Entry) -> str:
    """The QuickBooks call behind a tool, in one line."""
    operation = entry.operation
    path = operation.path_template
    address = path if path.startswith("/") else f"/v3/company/{{realm_id}}/{path}"
    fixed = [f"{name}={value}" for name, value in operation.fixed_query.items()]
    asked = [f"{p.target}=" for p in operation.placements if p.location is Location.QUERY]
    asked += ["query="] if operation.result_shape is ResultShape.PAGE else []
    query = "&".join([*fixed, *asked])
    return f"{operation.http_method} {address}" + (f"?{query}" if query else "")
