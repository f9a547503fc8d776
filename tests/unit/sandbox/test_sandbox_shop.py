"""The shop seed: stock, sales tax and money on its way to the bank."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox.books import Books
from sandbox.seeds import open_company, seeds

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> Books:
    return open_company("9130347596842560", "shop", NOW)


def test_there_are_three_seeds() -> None:
    """The consent page and the control API offer them by name."""
    assert seeds() == ["large", "services", "shop"]


def test_the_shop_s_books_balance_and_its_stock_is_worth_what_the_ledger_says(shop: Books) -> None:
    """Forty-four kettles came in at two prices, and went out first in first out."""
    assert sum(shop.ledger.trial_balance().values()) == 0
    quantities = {item["Name"]: item.get("QtyOnHand") for item in shop.documents("Item")}
    assert quantities["Copper Kettle"] == 24 + 20 - 2 - 10 + 1 - 1
    assert quantities["Linen Runner"] == 40 - 12 + 30 - 2
    assert quantities["Stoneware Bowl"] == 60 - 4 - 3 - 30 + 2


def test_sales_tax_is_taken_at_both_agencies_rates_but_not_of_the_charity(shop: Books) -> None:
    """Two rates make one code; who buys free of tax pays none."""
    sale, charity = shop.find("SalesReceipt", "103"), shop.find("Invoice", "113")
    assert sale is not None
    assert charity is not None
    assert [line["Amount"] for line in sale["TxnTaxDetail"]["TaxLine"]] == [Decimal("5.40"), Decimal("1.13")]
    assert charity["TxnTaxDetail"] == {"TotalTax": 0}


def test_what_was_taken_to_the_bank_has_left_undeposited_funds(shop: Books) -> None:
    """Only the last sale is still in the till's drawer."""
    funds = shop.account_with("AccountSubType", "UndepositedFunds")
    last = shop.find("SalesReceipt", "121")
    assert last is not None
    assert shop.ledger.account_balance(funds) == last["TotalAmt"]
