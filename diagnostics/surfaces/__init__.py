"""Surfaces: views of a report. They add no knowledge and no sentences, only fixed labels (``words``).

Everything a surface shows comes out of a ``Report`` or a value that ``app`` hands over; foreign text in it was cleaned
of secrets where it entered, and is made harmless for terminals here (``visible``).
"""
