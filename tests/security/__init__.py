"""The security review as tests: rights, wildcards."""
