"""One budget for every call to Commerce Layer: when the next one may go out, and who may make it."""
