"""From what was observed to why: pure, values in and values out."""
