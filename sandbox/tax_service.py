"""The tax service: tax codes made together with their rates.

US companies with automated sales tax use the pseudo codes TAX and NON and need none of these.
"""

from datetime import datetime
from decimal import Decimal

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import fault, missing
from sandbox.shape import accept, require
from sandbox.wire import Document, seconds
from sandbox.writes import provide

TAKEN = "Another tax rate is already using this \nname. Please use a different name."
"""The end of the name fault, as captured in 2015 with its line break."""
LISTS = {"Sales": "SalesTaxRateList", "Purchase": "PurchaseTaxRateList"}


def create_tax_code(books: Books, body: Document, now: datetime) -> Document:
    """Make a tax code, and the rates among its details that are new; the answer has no wrapper.

    Raises:
        QuickBooksFault: 2020 for a missing member, 2150 for a rate that is no percentage, 2500 for an unknown agency
            or rate, 6240 for a name that is taken.
    """
    members = {n: v for n, v in accept(facts().entities["TaxService"], body).items() if v is not None}
    require(facts().entities["TaxService"], members, ("TaxCode", "TaxRateDetails"))
    _check_name(books, "TaxCode", members["TaxCode"])
    for position, detail in enumerate(members["TaxRateDetails"]):
        earlier = {each.get("TaxRateName") for each in members["TaxRateDetails"][:position]}
        _check_detail(books, detail, earlier)
    details = [_rate(books, detail, now) for detail in members["TaxRateDetails"]]
    code = provide(books, facts().entities["TaxCode"], _code(members["TaxCode"], details), now)
    return {"TaxCode": code["Name"], "TaxCodeId": code["Id"], "TaxRateDetails": details}


def _check_detail(books: Books, detail: Document, earlier: set[str | None]) -> None:
    if "TaxRateId" in detail:
        if books.find("TaxRate", detail["TaxRateId"]) is None:
            raise fault("2500", Kind="TaxRates", id=detail["TaxRateId"])
        return
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if name not in detail:
            raise missing(f"TaxRateDetails.{name}")
    if not 0 <= detail["RateValue"] <= 100:
        raise fault("2150", f"Invalid Percent : {detail['RateValue']}. Use 0 to 100.", element="RateValue")
    if books.find("TaxAgency", detail["TaxAgencyId"]) is None:
        raise fault("2500", Kind="TaxAgency", id=detail["TaxAgencyId"])
    if detail["TaxRateName"] in earlier:
        raise fault("6240", extra=TAKEN)
    _check_name(books, "TaxRate", detail["TaxRateName"])


def _check_name(books: Books, entity: str, name: str) -> None:
    if any(other["Name"].casefold() == name.casefold() for other in books.documents(entity)):
        raise fault("6240", extra=TAKEN)


def _rate(books: Books, detail: Document, now: datetime) -> Document:
    """Return one detail as answered, its rate stored."""
    applicable = detail.get("TaxApplicableOn", "Sales")
    known = books.find("TaxRate", detail["TaxRateId"]) if "TaxRateId" in detail else None
    if known is None:
        known = provide(books, facts().entities["TaxRate"], _new_rate(detail, now), now)
    return {
        "TaxRateName": known["Name"],
        "TaxRateId": known["Id"],
        "RateValue": known["RateValue"],
        "TaxAgencyId": known["AgencyRef"]["value"],
        "TaxApplicableOn": applicable,
    }


def _new_rate(detail: Document, now: datetime) -> Document:
    value = Decimal(detail["RateValue"])
    return {
        "Name": detail["TaxRateName"],
        "Description": detail["TaxRateName"],
        "RateValue": value,
        "AgencyRef": {"value": detail["TaxAgencyId"]},
        "SpecialTaxType": "NONE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": value, "EffectiveDate": seconds(now)}],
    }


def _code(name: str, details: list[Document]) -> Document:
    lists: Document = {member: {"TaxRateDetail": []} for member in LISTS.values()}
    for detail in details:
        rates = lists[LISTS.get(detail["TaxApplicableOn"], "SalesTaxRateList")]["TaxRateDetail"]
        reference = {"value": detail["TaxRateId"], "name": detail["TaxRateName"]}
        rates.append({"TaxRateRef": reference, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0})
    flags = {"Taxable": True, "TaxGroup": True, "TaxCodeConfigType": "USER_DEFINED"}
    return {"Name": name, "Description": name, **flags, **lists}
