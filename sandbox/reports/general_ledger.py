"""Reports with a section for every account: its postings, one by one."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports.detail import AMOUNT, BALANCE, CREDIT, DEBIT, Detail, Line
from sandbox.reports.layout import Row, Table, blanks, cell, data_row, money, section
from sandbox.reports.parameters import Asked
from sandbox.reports.profit_and_loss import LAYOUT, SECTIONS
from sandbox.reports.selection import account_types, postings
from sandbox.reports.sources import PROFIT, Account, chart
from sandbox.reports.trial_balance import ORDER

Pair = tuple[JournalEntry, Posting]
BEGINNING = "Beginning Balance"


def general_ledger(asked: Asked) -> Table:
    """Lay out every account that moved or began with a balance; balance-sheet accounts open with that balance."""
    return _by_account(asked, has_beginning=True)


def transaction_detail(asked: Asked) -> Table:
    """Lay out every account that moved, without beginning balances."""
    return _by_account(asked, has_beginning=False)


def profit_and_loss_detail(asked: Asked) -> Table:
    """Lay out income and cost accounts in the sections of the profit and loss report, with every posting."""
    accounts = chart(asked.books)
    detail = Detail(asked, accounts)
    found = _grouped(postings(asked, accounts, asked.period.start, asked.end))
    rows: list[Row] = []
    net = ZERO
    for kind in LAYOUT:
        mine = sorted((accounts[each] for each in found if accounts[each].type == kind), key=_by_name)
        sections = [_section(detail, account, found[account.id], None) for account in mine]
        total = sum((account.natural(_sum(found[account.id])) for account in mine), ZERO)
        net += total if "Income" in kind else -total
        if sections:
            group, title = SECTIONS[kind]
            header = [cell(title), *blanks(len(detail.keys) - 1)]
            summary = detail.summary(f"Total {title}", {AMOUNT: total})
            rows.append(section(header=header, rows=sections, summary=summary, group=group))
    is_empty = not rows
    rows.append(section(summary=detail.summary("Net Income", {AMOUNT: net}), group="NetIncome"))
    return Table(columns=detail.columns(), rows=rows, is_empty=is_empty)


def _by_account(asked: Asked, *, has_beginning: bool) -> Table:
    accounts = chart(asked.books)
    detail = Detail(asked, accounts)
    found = _grouped(postings(asked, accounts, asked.period.start, asked.end))
    began = _beginnings(asked, accounts) if has_beginning else {}
    shown = {identifier for identifier, amount in began.items() if amount} | found.keys()
    types = account_types(asked, "account_type")
    chosen = [accounts[each] for each in shown if not types or accounts[each].type in types]
    rows = [
        _section(detail, account, found.get(account.id, []), began.get(account.id, ZERO) if has_beginning else None)
        for account in sorted(chosen, key=_in_order)
    ]
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def _section(detail: Detail, account: Account, pairs: list[Pair], began: Decimal | None) -> Row:
    """Lay out one account; amounts follow its own movement, so a bill raises payables."""
    shows_beginning = began is not None and account.type not in PROFIT
    balance = account.natural(began or ZERO)
    rows = [_beginning(detail, balance)] if shows_beginning else []
    lines = []
    for entry, posting in pairs:
        amount = account.natural(posting.amount)
        balance += amount
        lines.append(Line(entry=entry, posting=posting, amount=amount, balance=balance))
    rows += [data_row(detail.cells(line)) for line in detail.fitting(_sorted(detail, lines))]
    header = [cell(account.full_name, account.id), *blanks(len(detail.keys) - 1)]
    sums = {
        AMOUNT: account.natural(_sum(pairs)),
        DEBIT: sum((posting.amount for _, posting in pairs if posting.amount > 0), ZERO),
        CREDIT: -sum((posting.amount for _, posting in pairs if posting.amount < 0), ZERO),
    }
    return section(header=header, rows=rows, summary=detail.summary(f"Total for {account.full_name}", sums))


def _beginning(detail: Detail, balance: Decimal) -> Row:
    cells = detail.summary(BEGINNING, {BALANCE: balance})
    return data_row(cells if detail.has(BALANCE) else [*cells[:-1], cell(money(balance))])


def _sorted(detail: Detail, lines: list[Line]) -> list[Line]:
    sort_by = detail.asked.given.get("sort_by", "")
    if not sort_by and not detail.asked.descends:
        return lines
    return sorted(lines, key=lambda line: detail.key_of(line, sort_by or "tx_date"), reverse=detail.asked.descends)


def _grouped(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    for entry, posting in pairs:
        found[posting.account_id].append((entry, posting))
    return dict(found)


def _beginnings(asked: Asked, accounts: dict[str, Account]) -> dict[str, Decimal]:
    start = asked.period.start
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    if start is None:
        return sums
    for entry, posting in postings(asked, accounts, None, start):
        if entry.txn_date < start and accounts[posting.account_id].type not in PROFIT:
            sums[posting.account_id] += posting.amount
    return sums


def _sum(pairs: list[Pair]) -> Decimal:
    return sum((posting.amount for _, posting in pairs), ZERO)


def _by_name(account: Account) -> tuple[str, str]:
    return account.full_name.casefold(), account.id


def _in_order(account: Account) -> tuple[int, str, str]:
    return ORDER.index(account.type) if account.type in ORDER else len(ORDER), *_by_name(account)
