"""The lab: a stand-in Google Cloud, on loopback addresses or in a network of its own, with faults to switch on.

It shares no code with the wire, the checks or the adapters: one misreading of a protocol or of an API must not hide on
both sides. From the rest of the package it takes only the names of causes.
"""
