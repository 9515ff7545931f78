"""Rules: from findings to causes, a file a layer; ``table`` puts them in order."""
