"""Graded assignments: from a readable master to student notebooks, and from those to marks."""
