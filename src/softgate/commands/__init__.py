"""The commands of `softgate`, one file each.

A command is a function with the name of its file; its docstring is the help. The top of a file imports only what is
light (a test holds `softgate --help` to that), the rest is imported inside the function.
"""
