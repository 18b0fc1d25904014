"""Releases: each function's ``app.py`` as it was, and what it used of the layer.

A deployment changes the layer and the functions' code one after the other: for some seconds, an ``app.py`` runs on
the layer of the release after it, or of the one before.
"""
