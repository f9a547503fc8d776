"""Daybook's stand-in for Intuit: OAuth and the QuickBooks accounting API over invented books.

Nothing here imports the rest of Daybook, and the rest talks to it only over HTTP. Each realm id has its own books,
opened from a seed when first seen, so tests share nothing and reset nothing.

The way through the package, from the wire inwards:

- `app` wires; `__main__` serves; `settings` reads SANDBOX_ variables; `world` holds all state of one process.
- `gate` stamps and logs every request (`request_log`) and carries out ordered trouble (`mischief`, answered by
  `trouble`). `entrance` lets a bearer token into a company, within the `limits`. `clock` is the time of it all.
- `authorize` and its page `consent` let an app in; `oauth` answers token, revoke, discovery and userinfo; `tokens`
  keeps the `grants`, `scopes` says what may be asked for, `identity` signs who the user is.
- `accounting` takes `/v3/company/{realm}/...` apart into `calls`; `reading` and `writing` do what most of them ask,
  `batch` many at once, `changes` tells what changed, `delivery` sends, `printing` (on `pdf`) prints, `uploads` (on
  `multipart`) and `downloads` carry files, `entitlements` answers beside them. `xml_bodies` reads XML requests; `wire`
  and `wire_xml` write the answers, `presented` where a stored object looks different; `faults` words refusals, and
  `provocations` says how to provoke each.
- `writes` is the straight line of a write: `shape` and `scalars` check the body against the `facts`, `references`
  resolves what it points at, `rules` adds what a table cannot say (`lines`, `names`, `settling`, `voiding`), and
  `commit` stores, posts and brings balances up to date.
- Beside that line: `list_rules` for name lists (with `budgets`, `timesheets`, `currencies`, `attachments`), `numbers`
  and `closing` for every transaction, `preferences` (changed by `preference_changes`), `recurring` for templates,
  `tax_service` for tax codes; `foundation` is what a company has on its first day.
- Transactions have their rules in `sales`, `purchasing`, `settling` (payments and credits), `banking` (deposits,
  transfers, journal entries) and `stocktaking`, over what they share: `transactions`, `lines`, `bundles`, `salestax`,
  `currency`.
- `books` is one company: documents, `ledger` (the double-entry journal), `links` (what settles, deposits or bills
  what), `inventory` (stock by FIFO; `stock` says what a document moves), `replay` (answers by requestid). `postings`
  makes entries (`posting_sales`, `posting_purchases`, `posting_banking`, `exchange`, all out of `sides`); `derived`
  computes what journal, stock and links decide; `bulk` puts documents in by the thousand, `reposting` rebuilds.
- `query_tokens` and `query_parse` read the query language into a `query`; `query_fields`, `query_match` and `query_run`
  answer it from the `table` of an entity and its `indexes`.
- `reports` computes the 35 reports from the ledger; its own docstring maps it.
- `control` is the API under `/_sandbox`; `inspection` lays books open; `snapshot` keeps them over a restart.
- `webhooks` tells listeners of changes in the words of `events`, by `loopback` alone.
- `seeds` opens a company from `companies/*.yaml` and `growth` makes it large by `stamps`; `facts/*.json` hold the field
  and fault tables with their sources.

Where QuickBooks' behaviour is not documented, the choice made here is said in the docstring beside it.
"""
