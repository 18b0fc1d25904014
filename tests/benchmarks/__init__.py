"""Measurements of what the design promises, side by side with the peers; `make bench` runs them.

Each benchmark is a module of its name with these functions:

- ``run(progress)`` measures and returns what JSON can hold; ``progress`` takes lines that say how far it is;
- ``plot(result, folder)`` draws the result into files of the folder;
- ``markdown(result)`` writes its part of docs/performance.md;

and with ``ASSUMED``, which says by name what it takes for granted: distributions, prices, latencies.
"""
