"""Analyses with a name, typed inputs and a place to run; the result of each is a layer.

A module an analysis, or a family of them: it says what may be asked (``Inputs``), asks ``Data`` for what it needs,
calls a pure function of :mod:`altaigis.analytics`, and tells the result as fields, a legend and a summary in plain
words.
"""
