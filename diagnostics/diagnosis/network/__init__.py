"""How packets leave a container and reach an instance, and what follows from that for a path that is silent.

``world`` says what there is, ``theory`` what gets where, ``predict`` what a container's checks would see of it,
``deviations`` what may be wrong and which cause that is, ``hypotheses`` which worlds fit what was seen, ``verdict``
what that comes to. ``observed`` is the one way in from a run.

Everything is asked of many worlds at once: a truth is the set of worlds in which it holds, a set of worlds is the bits
of an integer, and so "reached by NAT" is ``through the VPC & NAT there & not denied``, once for all of them.
"""
