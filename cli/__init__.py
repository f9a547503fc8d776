"""The command line: a whole mesh on a laptop, and a client for its tools and its management API."""
