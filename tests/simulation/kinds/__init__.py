"""The kinds of cases: what shoppers, merchants and gateways do, kind by kind, and what must become of each."""
