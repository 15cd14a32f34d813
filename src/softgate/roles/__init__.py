"""What each memory cell of a net does, judged by interventions: ``sg.find_roles``.

Read :mod:`softgate.roles.words` for the definitions, :mod:`softgate.roles.judged` for the verdicts,
:mod:`softgate.roles.find` for the order of things.
"""
