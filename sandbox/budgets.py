"""What a budget must hold beyond its required members."""

from sandbox.books import Books
from sandbox.faults import fault
from sandbox.wire import Document

BREAKDOWNS = ("CustomerRef", "ClassRef", "DepartmentRef")
"""By what a budget may be broken down: one of these, or none."""
RESULT = ("Revenue", "Expense")
"""Classifications of the accounts in a profit and loss budget; a balance sheet budget takes the others."""


def check_budget(books: Books, budget: Document) -> Document:
    """Return a budget whose accounts, dates and breakdown fit together.

    Raises:
        QuickBooksFault: 2190 if it ends before it starts, 6490 for two kinds of breakdown, 6510 for an account that
            does not belong to the budget's type.
    """
    if budget["EndDate"] < budget["StartDate"]:
        raise fault("2190", "Invalid Date Range : EndDate must not lie before StartDate", element="EndDate")
    used = {name for detail in budget["BudgetDetail"] for name in BREAKDOWNS if name in detail}
    if len(used) > 1:
        raise fault("6490", f"MultipleBudgetSecondaryListTypes : {' and '.join(sorted(used))}; use one of them")
    for detail in budget["BudgetDetail"]:
        _check_account(books, budget["BudgetType"], detail)
    return budget


def _check_account(books: Books, kind: str, detail: Document) -> None:
    account = books.find("Account", detail["AccountRef"]["value"]) or {}
    if (account.get("Classification") in RESULT) is not (kind == "ProfitAndLoss"):
        name = account.get("FullyQualifiedName")
        raise fault("6510", f"BudgetAccountMismatch : account {name} does not belong in a {kind} budget")
