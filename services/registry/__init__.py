"""The registry room: turns definition files into the tools that a model sees, with the operations behind them.

    app → servicer → catalog (filters)
    loader → definitions (YAML), schemas (slices), derivation (tools, operations) → catalog

It is stateless. It never sees a token, a company or a network beyond its own callers.
"""
