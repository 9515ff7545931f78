"""What runs in a process of its own, beside foreign code: the app's drivers and Google's connector.

Standard library only, and the one library that is called: whatever else were loaded would be waited for. What it and
``driver_process`` tell each other: a frame with the request in, a frame and a frame out (``frames``).
"""
