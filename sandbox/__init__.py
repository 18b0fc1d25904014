"""A Commerce Layer organization to develop and test against, with a gateway behind it that can lose webhooks."""
