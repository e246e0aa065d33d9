"""Tests of what chapters show, say and let a reader explore."""
