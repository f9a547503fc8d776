"""Sales tax of a sales form, from its tax code.

In the United States a line is taxable (TAX) or not (NON), and one tax code on the form names the rates. Each rate is
taken of the taxable amount and rounded to the cent. A discount lowers the taxable amount first, in proportion to what
it is given on, if ApplyTaxAfterDiscount is true; else tax is taken on the full amount. A shipping line is taxed like
any other, by its own code.

Overrides, where the vendor's pages say only that TotalTax and TaxLine are writable: a TotalTax sent with a tax code
moves the difference onto the first rate; tax lines sent with amounts stand as they are and must add up to TotalTax; a
TotalTax without a code is taken as given. What comes back unchanged with changed lines is computed afresh. A TotalTax
of 0 beside a code and without tax lines counts as not sent: a public client writes it whenever it sets a code, and its
users see the tax computed (routablehq/python-quickbooks, issue 172).
"""

from decimal import Decimal

from sandbox.books import Books
from sandbox.faults import business_rule, fault
from sandbox.lines import discount_of, subtotal_of
from sandbox.money import ZERO, amount_of, cents, printed
from sandbox.sides import leaves
from sandbox.wire import Document

TAXABLE = "TAX"
PSEUDO_CODES = (TAXABLE, "NON")


def with_tax_codes(books: Books, draft: Document, lines: list[Document]) -> list[Document]:
    """Give every item line its tax code: its own, else TAX for a taxable item on a form that is taxed, else NON.

    Raises:
        QuickBooksFault: 6100 for a code that is neither.
    """
    is_taxed = tax_code(books, draft) is not None
    for line in leaves(lines):
        if line["DetailType"] == "SalesItemLineDetail":
            detail = line["SalesItemLineDetail"]
            item = books.find("Item", detail["ItemRef"]["value"]) or {}
            usual = TAXABLE if is_taxed and item.get("Taxable") else "NON"
            code = detail.get("TaxCodeRef", {"value": usual})
            if code["value"] not in PSEUDO_CODES:
                reason = f"Invalid Line TaxCode : {code['value']}. Use TAX or NON."
                raise fault("6100", reason, element="TaxCodeRef")
            line["SalesItemLineDetail"] = {**detail, "TaxCodeRef": code}
    return lines


def tax_detail(books: Books, draft: Document, before: Document | None) -> Document:
    """Return the form's TxnTaxDetail with its lines and total.

    Raises:
        QuickBooksFault: 6000 for tax lines that do not add up to TotalTax, or a negative tax; 2500 for a code that
            does not exist.
    """
    given: Document = draft.get("TxnTaxDetail") or {}
    former: Document = (before or {}).get("TxnTaxDetail") or {}
    code_id = tax_code(books, draft)
    computed = _lines(books, code_id, _taxable(draft)) if code_id else []
    if computed and _says_nothing(given):
        given = {}
    if computed and before is not None and _amounts(given) == _amounts(former) and _bases(computed) != _bases(former):
        # Read back and sent again with other lines: the amounts are the server's own, so they follow the lines.
        given = {}
    lines = _chosen(given, computed)
    total = amount_of(given, "TotalTax") if "TotalTax" in given else _sum(lines)
    if total < 0:
        raise business_rule("TotalTax must be 0 or greater.")
    if lines and total != _sum(lines):
        raise business_rule(f"The tax lines add up to {_sum(lines)}; TotalTax says {total}.")
    named = {"TxnTaxCodeRef": books.reference("TaxCode", code_id)} if code_id else {}
    return {**named, "TotalTax": printed(total), **({"TaxLine": lines} if lines else {})}


def tax_code(books: Books, draft: Document) -> str | None:
    """Return the tax code of a form: its own, else the customer's, else the company's."""
    own = (draft.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef")
    if own is not None:
        return str(own["value"]) if _rates(books, str(own["value"])) else None
    customer = books.find("Customer", draft["CustomerRef"]["value"]) if "CustomerRef" in draft else None
    if customer is not None and not customer.get("Taxable", True):
        return None
    preferences = books.find("Preferences", "1") or {}
    usual = (customer or {}).get("DefaultTaxCodeRef") or preferences.get("TaxPrefs", {}).get("TaxGroupCodeRef")
    return str(usual["value"]) if usual and _rates(books, str(usual["value"])) else None


def _rates(books: Books, code_id: str) -> list[Document]:
    code = books.find("TaxCode", code_id) or {}
    details = (code.get("SalesTaxRateList") or {}).get("TaxRateDetail", ())
    ordered = sorted(details, key=lambda detail: int(detail.get("TaxOrder", 0)))
    rates = (books.find("TaxRate", detail["TaxRateRef"]["value"]) for detail in ordered)
    return [rate for rate in rates if rate is not None]


def _taxable(draft: Document) -> Decimal:
    """Return what tax is taken of."""
    lines = draft["Line"]
    taxable = sum((amount_of(line, "Amount") for line in leaves(lines) if _is_taxable(line)), ZERO)
    whole = subtotal_of(lines)
    if not draft.get("ApplyTaxAfterDiscount") or not whole:
        return taxable
    return cents(taxable - discount_of(lines) * taxable / whole)


def _is_taxable(line: Document) -> bool:
    return bool((line.get("SalesItemLineDetail") or {}).get("TaxCodeRef", {}).get("value") == TAXABLE)


def _lines(books: Books, code_id: str, taxable: Decimal) -> list[Document]:
    lines: list[Document] = []
    for rate in _rates(books, code_id):
        percent = Decimal(rate.get("RateValue", 0))
        detail = {
            "TaxRateRef": books.reference("TaxRate", rate["Id"]),
            "PercentBased": True,
            "TaxPercent": percent,
            "NetAmountTaxable": printed(taxable),
        }
        amount = printed(cents(taxable * percent / 100))
        lines.append({"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail})
    return lines


def _says_nothing(given: Document) -> bool:
    return not given.get("TaxLine") and not amount_of(given, "TotalTax")


def _amounts(detail: Document) -> tuple[Decimal, list[Decimal]]:
    return amount_of(detail, "TotalTax"), [amount_of(line, "Amount") for line in detail.get("TaxLine", ())]


def _bases(detail: Document | list[Document]) -> list[tuple[str, Decimal]]:
    """Return what each rate is taken of."""
    lines = detail if isinstance(detail, list) else detail.get("TaxLine", ())
    details = [line.get("TaxLineDetail") or {} for line in lines]
    return [(each.get("TaxRateRef", {}).get("value", ""), amount_of(each, "NetAmountTaxable")) for each in details]


def _chosen(given: Document, computed: list[Document]) -> list[Document]:
    """Return the tax lines that stand: the client's, or the computed ones brought to the client's total."""
    sent = [line for line in given.get("TaxLine") or () if line.get("Amount") is not None]
    if sent:
        return [{**line, "Amount": printed(amount_of(line, "Amount"))} for line in sent]
    if not computed or "TotalTax" not in given:
        return computed
    difference = amount_of(given, "TotalTax") - _sum(computed)
    first = {**computed[0], "Amount": printed(amount_of(computed[0], "Amount") + difference)}
    return [first, *computed[1:]]


def _sum(lines: list[Document]) -> Decimal:
    return sum((amount_of(line, "Amount") for line in lines), ZERO)
