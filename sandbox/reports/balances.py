"""Account balances at the end of a day, with the year's profit apart from equity."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.parameters import Asked
from sandbox.reports.periods import fiscal_year_start
from sandbox.reports.selection import postings
from sandbox.reports.sources import PROFIT, Account, fiscal_month

RETAINED = "RetainedEarnings"
Movement = tuple[date, str, Decimal]
"""A day, an account id, and debits less credits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Balances:
    """What every account stands at, as debits less credits; the values sum to zero."""

    accounts: dict[str, Decimal]
    """Income and cost accounts show the fiscal year so far; earlier years are in retained earnings."""
    net_income: Decimal
    """Profit of the fiscal year so far, positive when something was earned."""
    retained: Decimal
    """Profit of earlier years without a retained earnings account to hold it, positive likewise."""


def balances_at(asked: Asked, accounts: Mapping[str, Account], day: date) -> Balances:
    """Return the balances at the end of a day, on the basis and with the filters asked for."""
    found = postings(asked, dict(accounts), None, day)
    moved = ((entry.txn_date, posting.account_id, posting.amount) for entry, posting in found)
    return summed(asked, accounts, moved, day)


def summed(asked: Asked, accounts: Mapping[str, Account], moved: Iterable[Movement], day: date) -> Balances:
    """Add movements up to balances; the fiscal year around the day decides what is this year's profit."""
    year = fiscal_year_start(day, fiscal_month(asked.books))
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    earlier = ZERO
    profit = {identifier for identifier, account in accounts.items() if account.type in PROFIT}
    for moved_on, account_id, amount in moved:
        if account_id in profit and moved_on < year:
            earlier += amount
        else:
            sums[account_id] += amount
    holder = retained_account(accounts)
    if holder is not None and earlier:
        sums[holder] += earlier
    net = -sum((amount for account, amount in sums.items() if account in profit), ZERO)
    return Balances(accounts=dict(sums), net_income=net, retained=ZERO if holder is not None else -earlier)


def retained_account(accounts: Mapping[str, Account]) -> str | None:
    """Return the account that earlier years' profit belongs to."""
    return next((account.id for account in accounts.values() if account.subtype == RETAINED), None)
