"""Sales tax: of what, how much, and to whom it is owed."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.wire import Document
from tests.unit.sandbox.sandbox_company import refusal, sales_line
from tests.unit.sandbox.sandbox_shop import RECEIVABLE, Shop, item_line

TAX = {"value": "TAX"}
COMMON_TAX = "44"


def taxed(shop: Shop, *lines: Document, detail: Document | None = None, **members: Any) -> Document:
    code = {"TxnTaxCodeRef": {"value": shop.tax_code}, **(detail or {})}
    return shop.sale("Invoice", *lines, TxnTaxDetail=code, **members)


def test_each_agency_is_owed_its_own_rate_on_taxable_lines() -> None:
    """7.25 percent of 100, split over the agencies; the line that is not taxable stays out."""
    shop = Shop()
    invoice = taxed(shop, sales_line(100, TaxCodeRef=TAX), sales_line(50, TaxCodeRef={"value": "NON"}))
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]["TotalTax"]) == (Decimal("157.25"), Decimal("7.25"))
    posted = shop.posted(invoice, "Invoice")
    assert (posted[shop.state_tax], posted[COMMON_TAX]) == (Decimal(-6), Decimal("-1.25"))
    memo = shop.sale(
        "CreditMemo",
        sales_line(100, TaxCodeRef=TAX),
        sales_line(50),
        TxnTaxDetail={"TxnTaxCodeRef": {"value": shop.tax_code}},
    )
    assert shop.posted(memo, "CreditMemo") == {account: -amount for account, amount in posted.items()}


@pytest.mark.parametrize(("after", "tax", "total"), [(False, "7.25", "152.25"), (True, "6.89", "151.89")])
def test_a_discount_comes_before_tax_only_if_asked(after: bool, tax: str, total: str) -> None:
    """Five off 100 taxable: tax is on 100, or on 95."""
    shop = Shop()
    discount = {"Amount": 5, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
    lines = (sales_line(100, TaxCodeRef=TAX), discount)
    invoice = taxed(shop, *lines, sales_line(50, "SHIPPING_ITEM_ID"), ApplyTaxAfterDiscount=after)
    if after:
        # The discount is given on goods and shipping alike, so two thirds of it fall on what is taxed.
        taxable = Decimal("96.67")
        assert invoice["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == taxable
        tax, total = "7.01", "152.01"
    assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal(tax)
    assert invoice["TotalAmt"] == Decimal(total)


def test_a_taxable_item_is_taxed_when_the_form_is() -> None:
    """Lines without a code of their own follow the item."""
    shop = Shop()
    invoice = taxed(shop, item_line(shop.lamp, 1, 30), sales_line(10))
    codes = [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in invoice["Line"][:2]]
    assert codes == ["TAX", "NON"]
    plain = shop.sale("Invoice", item_line(shop.lamp, 1, 30))
    assert plain["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "NON"
    assert plain["TxnTaxDetail"] == {"TotalTax": 0}


def test_a_customer_s_own_code_is_used_and_an_exempt_customer_pays_none() -> None:
    """The customer's DefaultTaxCodeRef stands in for a form's own code."""
    shop = Shop()
    shop.sparse("Customer", shop.read("Customer", "55"), DefaultTaxCodeRef={"value": shop.tax_code})
    assert shop.sale("Invoice", item_line(shop.lamp, 1, 100))["TxnTaxDetail"]["TotalTax"] == Decimal("7.25")
    shop.sparse("Customer", shop.read("Customer", "55"), Taxable=False)
    assert shop.sale("Invoice", item_line(shop.lamp, 1, 100))["TxnTaxDetail"]["TotalTax"] == 0


def test_the_company_s_code_is_used_where_nobody_has_another() -> None:
    """The preference TaxPrefs.TaxGroupCodeRef names it."""
    shop = Shop()
    shop.books.amend(("Preferences", "1"), {"TaxPrefs": {"TaxGroupCodeRef": {"value": shop.tax_code}}})
    assert shop.sale("SalesReceipt", item_line(shop.lamp, 1, 100))["TxnTaxDetail"]["TotalTax"] == Decimal("7.25")


def test_an_override_stands_and_must_add_up() -> None:
    """TotalTax moves the first rate; tax lines stand as sent."""
    shop = Shop()
    invoice = taxed(shop, sales_line(100, TaxCodeRef=TAX), detail={"TotalTax": 8})
    assert [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]] == [Decimal("6.75"), Decimal("1.25")]
    lines = [{**line, "Amount": 3} for line in invoice["TxnTaxDetail"]["TaxLine"]]
    sent = taxed(shop, sales_line(100, TaxCodeRef=TAX), detail={"TotalTax": 6, "TaxLine": lines})
    assert sent["TotalAmt"] == 106
    assert shop.sparse("Invoice", sent, PrivateNote="seen")["TotalAmt"] == 106
    wrong = {"TotalTax": 7, "TaxLine": lines}
    assert refusal(lambda: taxed(shop, sales_line(100, TaxCodeRef=TAX), detail=wrong)).code == "6000"
    manual = shop.sale("Invoice", sales_line(100), TxnTaxDetail={"TotalTax": 4})
    assert shop.posted(manual, "Invoice")[COMMON_TAX] == -4


def test_a_total_of_nothing_beside_a_code_is_no_override() -> None:
    """A public client writes 0 and an empty list of tax lines whenever it sets a code."""
    shop = Shop()
    invoice = taxed(shop, sales_line(100, TaxCodeRef=TAX), detail={"TotalTax": 0, "TaxLine": []})
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]["TotalTax"]) == (Decimal("107.25"), Decimal("7.25"))


def test_tax_follows_the_lines_when_a_form_read_back_is_sent_with_others() -> None:
    """Read, change a line, write: the amounts in TxnTaxDetail are the server's own, not an override."""
    shop = Shop()
    invoice = taxed(shop, sales_line(100, TaxCodeRef=TAX))
    line = {**invoice["Line"][0], "Amount": 200}
    changed = shop.update("Invoice", **{**invoice, "Line": [line]})
    assert changed["TxnTaxDetail"]["TotalTax"] == Decimal("14.50")
    assert shop.posted(changed, "Invoice")[RECEIVABLE] == Decimal("214.50")


def test_a_line_code_of_another_country_is_refused() -> None:
    """US lines know TAX and NON alone."""
    shop = Shop()
    line = sales_line(100, TaxCodeRef={"value": shop.tax_code})
    assert refusal(lambda: shop.sale("Invoice", line)).code == "6100"
