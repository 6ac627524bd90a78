"""Where the work is done: in this process, or in local processes, behind one narrow interface.

An engine has one method, ``map``. A cluster fits behind it: whatever can run a function on a list
of tasks and give an outcome for each, in order, is an engine.
"""
