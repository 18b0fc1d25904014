"""A payment under watch and what may happen to it: pure, without any call to the outside."""
