"""Runs that take too long for a page: a module each, and tools/results.py runs them.

A run has ``SETTINGS``, what a reader of its result wants to know; ``PARTS``, by name, functions
without arguments that return numbers in dictionaries and lists; and ``DEPENDS``, the files whose
code decides about the numbers. A result is stale once the run or one of those has changed. A
module without parts is something that runs share, and belongs into their ``DEPENDS``.
"""
