"""The sales tax reports of companies outside the United States: TaxSummary, BAS.

No answer of either was recorded: a section for each agency with a row for each rate is this sandbox's own layout.
"""

from collections import defaultdict
from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.layout import Column, Row, Table, amounts, cell, data_row, grand_total, money, section
from sandbox.reports.parameters import Asked
from sandbox.reports.sales import SALES_FORMS
from sandbox.reports.selection import postings
from sandbox.reports.sources import COSTS, INCOME, chart, document_of

COLUMNS = (Column(title="", type="String"), Column(title="Total", type="Money"))


def tax_summary(asked: Asked) -> Table:
    """Lay out the tax posted at each rate, by agency: collected is positive, paid on purchases negative."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for _, posting in postings(asked, chart(asked.books), asked.period.start, asked.end):
        if posting.tax_rate_id is not None:
            sums[posting.tax_rate_id] -= posting.amount
    agencies: defaultdict[str, list[str]] = defaultdict(list)
    wanted = asked.ids("agency_id")
    for rate in sorted(sums):
        agency = str(document_of(asked.books, ("TaxRate", rate)).get("AgencyRef", {}).get("value", ""))
        if wanted is None or agency in wanted:
            agencies[agency].append(rate)
    rows = [_agency(asked, agency, rates, sums) for agency, rates in sorted(agencies.items())]
    total = sum((sums[rate] for rates in agencies.values() for rate in rates), ZERO)
    return Table(columns=COLUMNS, rows=[*rows, grand_total([total])] if rows else [], is_empty=not rows)


def activity_statement(asked: Asked) -> Table:
    """Lay out the Australian activity statement's sales, purchases and goods and services tax."""
    accounts = chart(asked.books)
    sales = purchases = collected = paid = ZERO
    for entry, posting in postings(asked, accounts, asked.period.start, asked.end):
        is_sale = entry.key[0] in SALES_FORMS
        kind = accounts[posting.account_id].type
        if posting.tax_rate_id is not None:
            collected -= posting.amount if is_sale else ZERO
            paid += ZERO if is_sale else posting.amount
        elif kind in INCOME:
            sales -= posting.amount
        elif kind in COSTS and not is_sale:
            purchases += posting.amount
    figures = {
        "G1 Total sales": sales + collected,
        "G11 Non-capital purchases": purchases + paid,
        "1A GST on sales": collected,
        "1B GST on purchases": paid,
    }
    rows = [data_row([cell(title), cell(money(amount))]) for title, amount in figures.items()]
    rows.append(section(summary=[cell("9 Your payment or refund"), *amounts([collected - paid])], group="GrandTotal"))
    return Table(columns=COLUMNS, rows=rows, is_empty=not any(figures.values()))


def _agency(asked: Asked, agency: str, rates: list[str], sums: dict[str, Decimal]) -> Row:
    name = str(document_of(asked.books, ("TaxAgency", agency)).get("DisplayName", "Tax"))
    rows = [
        data_row(
            [cell(str(document_of(asked.books, ("TaxRate", rate)).get("Name", rate)), rate), cell(money(sums[rate]))]
        )
        for rate in rates
    ]
    total = sum((sums[rate] for rate in rates), ZERO)
    header = [cell(name, agency or None), cell("")]
    return section(header=header, rows=rows, summary=[cell(f"Total {name}"), *amounts([total])], group=name)
