"""Changing what is there: full and sparse updates, SyncTokens, deactivation, deletion, voiding."""

from tests.unit.sandbox.sandbox_company import Company, expense_line, refusal, sales_line


def test_a_full_update_erases_what_it_leaves_out() -> None:
    """The behaviour that destroys a customer's record in careless hands; the guard is tested against it."""
    company = Company()
    before = company.read("Customer", "42")
    after = company.update("Customer", Id="42", SyncToken="0", DisplayName="Harrowgate Logistics")
    assert {"PrimaryEmailAddr", "PrimaryPhone", "BillAddr", "Notes"} <= before.keys()
    assert not {"PrimaryEmailAddr", "PrimaryPhone", "BillAddr", "Notes", "GivenName"} & after.keys()
    assert (after["SyncToken"], after["Balance"], after["Active"]) == ("1", 15000, True)


def test_a_sparse_update_changes_only_what_it_gives() -> None:
    """Everything but the phone, the version and the time stays as it was."""
    company = Company()
    before = company.read("Customer", "42")
    after = company.sparse("Customer", before, PrimaryPhone={"FreeFormNumber": "(971) 555-0100"})
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {"PrimaryPhone", "SyncToken", "MetaData"}


def test_a_sparse_update_with_null_clears_a_member() -> None:
    """It is the one way to take a value away without sending the whole object."""
    company = Company()
    after = company.sparse("Customer", company.read("Customer", "42"), Notes=None)
    assert "Notes" not in after


def test_a_stale_sync_token_is_refused_in_quickbooks_words() -> None:
    """The text names who was faster, and clients match on it."""
    company = Company()
    company.sparse("Customer", company.read("Customer", "42"), Notes="first")
    fault = refusal(lambda: company.update("Customer", Id="42", SyncToken="0", sparse=True, Notes="second"))
    assert fault.code == "5010"
    assert fault.detail == (
        "Stale Object Error : You and Odalys Ferrant were working on this at the same time. "
        "Odalys Ferrant finished before you did, so your work was not saved."
    )


def test_an_update_without_a_token_or_of_nothing_is_refused() -> None:
    """2020 names the token; an unknown id is 610 and never 404; an id that is no number is 2030."""
    company = Company()
    assert refusal(lambda: company.update("Invoice", Id="102", sparse=True)).code == "2020"
    assert refusal(lambda: company.update("Invoice", Id="9999", SyncToken="0", sparse=True)).code == "610"
    assert refusal(lambda: company.update("Invoice", Id="abc", SyncToken="0", sparse=True)).code == "2030"
    assert refusal(lambda: company.update("Bill", Id="142", SyncToken="0", sparse=True)).detail.endswith(
        "VendorRef is missing in the request"
    )


def test_lines_keep_their_ids_and_lines_left_out_are_removed() -> None:
    """A line is edited by its Id; anything else is a new line with a new Id."""
    company = Company()
    invoice = company.read("Invoice", "102")
    kept = next(line for line in invoice["Line"] if line.get("Id") == "2")
    after = company.sparse("Invoice", invoice, Line=[kept, sales_line(90, "5")])
    assert [(line.get("Id"), line["Amount"]) for line in after["Line"]] == [("2", 1800), ("4", 90), (None, 1890)]
    assert after["TotalAmt"] == 1890


def test_a_late_fee_is_added_without_losing_the_rest() -> None:
    """The seed's own example: read, append one line, send everything back."""
    company = Company()
    before = company.read("Invoice", "102")
    body = {name: value for name, value in before.items() if name not in ("MetaData", "LinkedTxn")}
    after = company.update("Invoice", **{**body, "Line": [*before["Line"], sales_line(225, "5")]})
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {"Line", "TotalAmt", "Balance", "SyncToken", "MetaData"}
    assert after["Balance"] == 4725
    assert [line["DetailType"] for line in after["Line"]].count("SubTotalLineDetail") == 1


def test_a_discount_comes_off_the_total_but_not_off_the_subtotal() -> None:
    """Percentages are taken from the lines before them, to the cent."""
    company = Company()
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 12.5},
    }
    invoice = company.create("Invoice", CustomerRef={"value": "55"}, Line=[sales_line(99.99), discount])
    assert [str(line["Amount"]) for line in invoice["Line"]] == ["99.99", "12.50", "99.99"]
    assert str(invoice["TotalAmt"]) == "87.49"


def test_making_a_name_inactive_marks_it_once() -> None:
    """A second deactivation changes nothing, not even the SyncToken, as recorded."""
    company = Company()
    account = company.sparse("Account", company.read("Account", "67"), Active=False)
    assert (account["Name"], account["SyncToken"], account["Active"]) == ("Insurance (deleted)", "1", False)
    again = company.sparse("Account", account, Active=False)
    assert again == account
    back = company.sparse("Account", account, Active=True)
    assert (back["Name"], back["FullyQualifiedName"]) == ("Insurance", "Insurance")


def test_something_with_a_balance_cannot_be_made_inactive() -> None:
    """Otherwise what is owed would vanish from the lists."""
    company = Company()
    assert refusal(lambda: company.sparse("Customer", company.read("Customer", "42"), Active=False)).code == "6220"


def test_a_new_name_reaches_every_reference_and_everything_below() -> None:
    """References show the present name, and a sub-account's full name begins with its parent's."""
    company = Company()
    company.sparse("Account", company.read("Account", "60"), Name="Technology")
    assert company.read("Account", "61")["FullyQualifiedName"] == "Technology:Cloud Infrastructure"
    line = company.read("Bill", "142")["Line"][0]
    assert line["AccountBasedExpenseLineDetail"]["AccountRef"]["name"] == "Technology:Cloud Infrastructure"


def test_an_account_cannot_be_its_own_ancestor() -> None:
    """A loop of parents would have no full name."""
    company = Company()
    parent = company.read("Account", "60")
    assert refusal(lambda: company.sparse("Account", parent, ParentRef={"value": "61"})).code == "900"


def test_an_opening_balance_survives_a_full_update() -> None:
    """It was posted once; leaving it out later must not take money out of the bank."""
    company = Company()
    before = company.balance("Account", "36")
    account = company.read("Account", "36")
    company.update("Account", Id="36", SyncToken=account["SyncToken"], Name="Reserve", AccountType="Bank")
    assert company.balance("Account", "36") == before


def test_deleting_and_voiding_need_the_operation() -> None:
    """QuickBooks voids invoices and payments but no bills; the id of something deleted is gone for good."""
    company = Company()
    assert refusal(lambda: company.void("Bill", company.read("Bill", "142"))).code == "500"
    invoice = company.invoice()
    assert company.delete("Invoice", invoice) == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    assert refusal(lambda: company.delete("Invoice", invoice)).code == "610"
    assert int(company.invoice()["Id"]) == int(invoice["Id"]) + 1


def test_a_voided_invoice_is_zero_and_unlinked_and_its_payment_unapplied() -> None:
    """The payment keeps its money; only its link goes."""
    company = Company()
    invoice = company.invoice(100, PrivateNote="agreed")
    payment = company.pay(invoice, 60)
    owed = company.balance("Customer", "55")
    voided = company.void("Invoice", company.read("Invoice", invoice["Id"]))
    assert (voided["TotalAmt"], voided["Balance"], voided["LinkedTxn"]) == (0, 0, [])
    assert voided["PrivateNote"] == "Voided - agreed"
    assert {line["Amount"] for line in voided["Line"]} == {0}
    after = company.read("Payment", payment["Id"])
    assert (after["Line"], after["UnappliedAmt"], after["SyncToken"]) == ([], 60, "1")
    assert company.balance("Customer", "55") == owed - 100
    assert company.void("Invoice", voided) == voided


def test_a_bill_payment_moved_from_check_to_card_is_named_so_on_the_bill() -> None:
    """LinkedTxn says how it was paid, so it follows the payment."""
    company = Company()
    bill = company.bill(80)
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "35"}}}
    payment = company.create(
        "BillPayment",
        VendorRef={"value": "88"},
        TotalAmt=80,
        Line=[{"Amount": 80, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
        **check,
    )
    assert company.read("Bill", bill["Id"])["LinkedTxn"][0]["TxnType"] == "BillPaymentCheck"
    card = {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": {"value": "41"}}}
    company.sparse("BillPayment", payment, **card)
    assert company.read("Bill", bill["Id"])["LinkedTxn"][0]["TxnType"] == "BillPaymentCreditCard"


def test_a_bill_keeps_its_payable_account_over_a_full_update() -> None:
    """Measured: APAccountRef is given its default again, never lost."""
    company = Company()
    bill = company.bill(80)
    after = company.update("Bill", Id=bill["Id"], SyncToken="0", VendorRef={"value": "88"}, Line=[expense_line(70)])
    assert after["APAccountRef"] == {"value": "33", "name": "Accounts Payable (A/P)"}
