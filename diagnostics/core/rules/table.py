"""The rules, most specific first. The first that matches takes what it explains; then the rest is asked again.

Settings come first: a line break in a name explains whatever that name breaks. What the control plane says of the
instance comes before what the path alone suggests, and what several measurements say together before a single one.
"""

from diagnostics.core.rules import config, google, instance, network, plain, server
from diagnostics.core.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *config.RULES,
    *instance.RULES,
    *google.RULES,
    *network.RULES,
    *server.RULES,
    *plain.RULES,
)
