"""In-memory stand-ins for everything outside: small, deterministic, and held to the adapters' contract tests."""
