"""python-quickbooks: the classes that stand inside a body, each written by the client and read back."""

from typing import Any

from quickbooks import objects as of  # type: ignore[import-untyped]
from quickbooks.objects.creditcardpayment import (  # type: ignore[import-untyped]
    CreditCardPayment,
    CreditChargeInfo,
    CreditChargeResponse,
)
from quickbooks.objects.refundreceipt import RefundReceiptCheckPayment  # type: ignore[import-untyped]

from tests.support.sandbox_client_objects import (
    BANK,
    CARD,
    CUSTOMER,
    PAYABLE,
    SAVINGS,
    VENDOR,
    banked,
    expense,
    made,
    paid_bill,
    posted,
    ref,
    sale,
    sold,
    spent,
)
from tests.support.sandbox_clients import Connected, company, moved, part_classes
from tests.unit.sandbox.sandbox_served import origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

HERE = {
    "base": "Address CustomerMemo EmailAddress MarkupInfo PhoneNumber WebAddress",
    "billpayment": "BillPaymentCreditCard",
    "creditcardpayment": "CreditCardPayment CreditChargeInfo CreditChargeResponse",
    "deposit": "CashBackInfo",
    "detailline": "DescriptionLineDetail DescriptionOnlyLine DiscountLine DiscountLineDetail ItemBasedExpenseLine "
    "ItemBasedExpenseLineDetail SubtotalLine SubtotalLineDetail",
    "invoice": "DeliveryInfo",
    "journalentry": "Entity",
    "refundreceipt": "RefundReceiptCheckPayment",
    "tax": "TaxLine TaxLineDetail TxnTaxDetail",
}
"""Module to the parts that this file writes."""
ELSEWHERE = {
    "base": "AttachableRef LinkedTxn LinkedTxnMixin MetaData QuickbooksBaseObject QuickbooksTransactionEntity Ref",
    "batchrequest": "BatchItemRequest BatchItemResponse BatchOperation BatchResponse Fault FaultError "
    "IntuitBatchRequest",
    "billpayment": "BillPaymentLine CheckPayment",
    "budget": "BudgetDetail",
    "changedatacapture": "CDCResponse QueryResponse",
    "deposit": "DepositLine DepositLineDetail",
    "detailline": "AccountBasedExpenseLine AccountBasedExpenseLineDetail DetailLine SalesItemLine SalesItemLineDetail",
    "exchangerate": "ExchangeRateMetaData",
    "journalentry": "JournalEntryLine JournalEntryLineDetail",
    "payment": "PaymentLine",
    "preferences": "AccountingInfoPrefs CurrencyPrefs EmailMessageType EmailMessagesPrefs NameValue OtherPrefs "
    "ProductAndServicesPrefs ReportPrefs SalesFormsPrefs TaxPrefs TimeTrackingPrefs VendorAndPurchasesPrefs",
    "recurringtransaction": "Recurring RecurringInfo ScheduleInfo",
    "taxcode": "TaxRateDetail TaxRateList",
    "taxservice": "TaxRateDetails",
}
"""Module to the parts that the samples and the other suites write or read."""
LEFT_OUT = {
    "base.CustomField": "its definitions are made on QuickBooks' website, and these companies have none",
    "detailline.DiscountOverride": "a member QuickBooks no longer has",
    "detailline.GroupLine": "a bundle is made on QuickBooks' website",
    "detailline.GroupLineDetail": "a bundle is made on QuickBooks' website",
    "detailline.TDSLine": "companies in India only",
    "detailline.TDSLineDetail": "companies in India only",
    "preferences.ClassTrackingPerTxnLine": "the client never reads or writes it",
    "preferences.PreferencesCustomField": "a custom field's definition, of which there are none",
    "preferences.PreferencesCustomFieldGroup": "a custom field's definition, of which there are none",
    "vendor.ContactInfo": "the client never reads or writes it",
}
"""Parts nobody writes, with the reason."""


def test_no_part_is_left_out_without_a_reason() -> None:
    """A new version of the client brings new parts."""
    written = {f"{module}.{name}" for table in (HERE, ELSEWHERE) for module in table for name in table[module].split()}
    assert written | set(LEFT_OUT) == set(part_classes())
    assert not written & set(LEFT_OUT)


def test_a_customer_keeps_every_way_to_reach_it(company: Connected) -> None:
    """Addresses, telephones, mail and web are parts of their own."""
    client = company.quickbooks
    address = made(of.Address, Line1="9 Kiln Lane", City="Port Merrin", CountrySubDivisionCode="OR", PostalCode="97299")
    reached = {
        "PrimaryPhone": made(of.PhoneNumber, FreeFormNumber="(503) 555-0101"),
        "Mobile": made(of.PhoneNumber, FreeFormNumber="(503) 555-0102"),
        "PrimaryEmailAddr": made(of.EmailAddress, Address="hello@larkmoor.example"),
        "WebAddr": made(of.WebAddress, URI="https://larkmoor.example"),
    }
    new = made(of.Customer, DisplayName="Larkmoor Bindery", BillAddr=address, ShipAddr=address, **reached)
    kept = of.Customer.get(new.save(qb=client).Id, qb=client)
    assert (kept.BillAddr.Line1, kept.ShipAddr.City) == ("9 Kiln Lane", "Port Merrin")
    assert {name: getattr(kept, name).to_dict() for name in reached} == {n: p.to_dict() for n, p in reached.items()}
    again = kept.save(qb=client)
    assert again.BillAddr.to_dict() == kept.BillAddr.to_dict()


def test_an_invoice_keeps_every_kind_of_line(company: Connected) -> None:
    """Sold, said, discounted and subtotalled; what the client sends back after reading changes nothing."""
    client = company.quickbooks
    said = made(of.DescriptionOnlyLine, Description="Thank you", DescriptionLineDetail=of.DescriptionLineDetail())
    tenth = made(of.DiscountLineDetail, PercentBased=True, DiscountPercent=10, DiscountAccountRef=ref("82"))
    lines = [sold(200), said, made(of.DiscountLine, DiscountLineDetail=tenth)]
    told = {
        "CustomerMemo": made(of.CustomerMemo, value="Purchase order 12"),
        "BillEmail": made(of.EmailAddress, Address="ap@bluethorn.example"),
        "BillEmailCc": made(of.EmailAddress, Address="cc@bluethorn.example"),
    }
    kept = made(of.Invoice, CustomerRef=ref(CUSTOMER), Line=lines, **told).save(qb=client)
    assert (kept.TotalAmt, kept.CustomerMemo.value, kept.BillEmailCc.Address) == (
        180,
        "Purchase order 12",
        "cc@bluethorn.example",
    )
    kinds = {type(line): line.Amount for line in kept.Line if not isinstance(line, of.DescriptionOnlyLine)}
    assert kinds == {of.SalesItemLine: 200, of.SubtotalLine: 200, of.DiscountLine: 20}
    again = kept.save(qb=client)
    assert [line.to_dict() for line in again.Line] == [line.to_dict() for line in kept.Line]
    again.send(qb=client)
    assert of.Invoice.get(kept.Id, qb=client).DeliveryInfo.DeliveryType == "Email"


def test_an_expense_for_a_customer_keeps_its_markup(company: Connected) -> None:
    """By account and by item, each billable with something on top."""
    client = company.quickbooks
    billed: dict[str, Any] = {"CustomerRef": ref(CUSTOMER), "BillableStatus": "Billable"}
    by_account = spent(80)
    by_account.AccountBasedExpenseLineDetail.MarkupInfo = made(of.MarkupInfo, PercentBased=True, Percent=15)
    detail = made(of.ItemBasedExpenseLineDetail, ItemRef=ref("7"), Qty=2, UnitPrice=10, **billed)
    by_item = made(of.ItemBasedExpenseLine, Amount=20, ItemBasedExpenseLineDetail=detail)
    for name, value in billed.items():
        setattr(by_account.AccountBasedExpenseLineDetail, name, value)
    kept = made(of.Bill, VendorRef=ref(VENDOR), Line=[by_account, by_item]).save(qb=client)
    first, second = of.Bill.get(kept.Id, qb=client).Line
    assert kept.TotalAmt == 100
    assert first.AccountBasedExpenseLineDetail.MarkupInfo.Percent == 15
    assert second.ItemBasedExpenseLineDetail.CustomerRef.name == "Bluethorn Analytics"


def test_money_is_kept_with_how_it_was_paid(company: Connected) -> None:
    """By card with its authorization, by check with its number, on credit card, with cash taken back."""
    client = company.quickbooks
    charge = made(CreditChargeInfo, Type="Visa", NameOnAcct="R. Stell", CcExpiryMonth=4, CcExpiryYear=2030, Amount=50)
    answered = made(CreditChargeResponse, Status="Completed", CCTransId="T-1", AuthCode="A1")
    answered.TxnAuthorizationTime = "2026-11-20"
    card = made(CreditCardPayment, CreditChargeInfo=charge, CreditChargeResponse=answered)
    payment = made(of.Payment, CustomerRef=ref(CUSTOMER), TotalAmt=50, CreditCardPayment=card).save(qb=client)
    assert payment.CreditCardPayment.CreditChargeResponse.CCTransId == "T-1"
    check = made(RefundReceiptCheckPayment, CheckNum="77", NameOnAcct="Bluethorn Analytics")
    refund = sale(of.RefundReceipt, DepositToAccountRef=ref(BANK), PaymentType="Check", CheckPayment=check)
    assert refund.save(qb=client).CheckPayment.CheckNum == "77"
    bill_payment = paid_bill(client)
    bill_payment.PayType, bill_payment.CheckPayment = "CreditCard", None
    bill_payment.CreditCardPayment = made(of.BillPaymentCreditCard, CCAccountRef=ref(CARD))
    assert bill_payment.save(qb=client).CreditCardPayment.CCAccountRef.name == "Corporate Credit Card"
    back = made(of.CashBackInfo, AccountRef=ref(SAVINGS), Amount=30, Memo="For the till")
    deposit = made(of.Deposit, DepositToAccountRef=ref(BANK), Line=[banked(100)], CashBack=back).save(qb=client)
    assert (deposit.TotalAmt, deposit.CashBack.Memo) == (70, "For the till")


def test_a_journal_entry_keeps_the_name_on_its_line(company: Connected) -> None:
    """Accounts payable needs a vendor."""
    client = company.quickbooks
    owed = posted("Credit", PAYABLE)
    owed.JournalEntryLineDetail.Entity = made(of.Entity, Type="Vendor", EntityRef=ref(VENDOR))
    kept = made(of.JournalEntry, Line=[posted("Debit", "63"), owed]).save(qb=client)
    entity = of.JournalEntry.get(kept.Id, qb=client).Line[1].JournalEntryLineDetail.Entity
    assert (entity.Type, entity.EntityRef.name) == ("Vendor", "Stratus Harbor Cloud")
    before = of.Vendor.get(VENDOR, qb=client).Balance
    expense(of.Bill).save(qb=client)
    assert of.Vendor.get(VENDOR, qb=client).Balance == before + 100


def test_a_taxed_sale_shows_the_rate_behind_its_tax(company: Connected) -> None:
    """The tax code is the sale's, the rates are its lines."""
    client = company.quickbooks
    agency = made(of.TaxAgency, DisplayName="Port Merrin Revenue").save(qb=client)
    city = made(of.TaxRateDetails, TaxRateName="City", RateValue="2.5", TaxAgencyId=agency.Id)
    code = made(of.TaxService, TaxCode="City sales", TaxRateDetails=[city]).save(qb=client)
    line = sold(200)
    line.SalesItemLineDetail.TaxCodeRef = ref("TAX")
    taxed = made(of.TxnTaxDetail, TxnTaxCodeRef=ref(code.TaxCodeId))
    kept = sale(of.Invoice, TxnTaxDetail=taxed)
    kept.Line = [line]
    kept = kept.save(qb=client)
    (rate,) = kept.TxnTaxDetail.TaxLine
    assert (kept.TotalAmt, kept.TxnTaxDetail.TotalTax, rate.Amount) == (205, 5, 5)
    assert (rate.TaxLineDetail.TaxPercent, rate.TaxLineDetail.NetAmountTaxable) == (2.5, 200)
    assert kept.save(qb=client).TotalAmt == 205
