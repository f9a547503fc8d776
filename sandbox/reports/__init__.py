"""The reports of the accounting API, computed from the ledger.

The way through the package:

- `answer` is the straight line of a report: `parameters` reads the question against `report_facts` and `periods`, one
  builder lays out a table, `modern` and `cell_limit` change its rows, `as_xml` writes it when JSON is not asked for.
- Builders read accounts and names through `sources` and postings through `selection`, which chooses basis, days and
  filters; `cash` is the journal on cash basis and `applications` says which payment settled what.
- Statements: `profit_and_loss`, `balance_sheet` and `trial_balance` (over `balances`), `cash_flow`. `breakdown` splits
  their amounts into columns, `tree` nests their accounts.
- Details: `general_ledger`, `journal`, `transaction_list` (with `listing_filters`) write their rows through `detail`,
  which knows every column; `kinds` names the transactions.
- Names: `open_items` under `aging` and `party_balances`; `sales`; `names_income`.
- The rest: `inventory_valuation`, `account_list`, `sales_tax`, `french_export`.

Nothing here changes the books, and no report keeps figures of its own: each one adds up the same postings.
"""
