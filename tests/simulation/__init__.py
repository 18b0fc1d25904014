"""The whole system on a virtual clock, for weeks at a time, while all around it goes wrong; from one seed."""
