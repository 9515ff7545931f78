"""The budgets, measured: each as a ratio to a peer that runs in the same minute on the same machine.

``python -m benchmarks`` measures every row and writes ``docs/explanation/measured.md``.
"""
