"""Pipelines: an ordinary lambda over chunks.

A lambda is called once with a *symbolic value* (values.py, operations.py, functions.py; times.py and records.py for
what is no plain number), which notes what is done to it. A *chain* (chain.py) is the stages that lambdas were given to;
its terminals (terminals.py, aggregates.py, groups.py) make them into a *program* (program.py), which the native part
runs as one loop over the elements (running.py). types.py has NumPy's rules for the types of results, sources.py says
where elements come from, located.py names the line of a lambda in errors.
"""
