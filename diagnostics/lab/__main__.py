"""``python -m diagnostics.lab``."""

from diagnostics.lab.cli import lab

if __name__ == "__main__":
    lab()
