"""A user's own model on a user's own data: opened, run, recorded and shown. ``softgate inspect`` is its command line.

``model`` opens what was named, ``data`` reads the input, ``examine`` runs one on the other, ``story`` says what was
found, ``pictures`` draws it and ``write`` puts it into a folder.
"""
