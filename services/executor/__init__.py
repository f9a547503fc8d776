"""The executor room: runs one tool call against one QuickBooks company.

    app → servicer → execution → arguments, plan (query, paging), intents, sending, results, faults
    quickbooks, redis_intents, peers stand behind ports

It owns the QuickBooks accounting API. It never sees a refresh token or JSON-RPC.
"""
