# ruff: noqa
"""Definitions that are wrong, each in its own way. `# HERE` marks the line that the error must point at.

Each function defines one; its docstring is a part of the message.
"""

import math

import numpy as np
import torch

import softgate as sg


def used_before_defined():
    """'c' where it is not associated with a value; a name is used before it is defined"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        h = f * c  # HERE
        c = f * prev.c + sg.tanh(z.g)
        return dict(c=c, h=h)


def never_defined():
    """name 'nowhere' is not defined; a name is used before it is defined"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        c = f * prev.c + sg.tanh(z.g) * nowhere  # HERE
        return dict(c=c, h=c)


def state_never_given():
    """state 'c' is never given: the returned names are f, h"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        c = f * prev.c + sg.tanh(z.g)
        return dict(f=f, h=c)  # HERE


def gate_nobody_uses():
    """gate 'o' is declared but nobody uses z.o"""

    @sg.cell(
        state="h c",
        gates="f g o",  # HERE
    )
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        c = f * prev.c + sg.tanh(z.g)
        return dict(f=f, c=c, h=c)


def gate_that_is_only_shown():
    """gate 'o' reaches no state: what is made of z.o is returned, and nothing depends on it"""

    @sg.cell(gates="f g o", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        o = sg.sigmoid(z.o)  # HERE
        c = f * prev.c + sg.tanh(z.g)
        return dict(f=f, o=o, c=c, h=sg.tanh(c))


def gate_computed_and_dropped():
    """gate 'o' is declared but nobody uses z.o"""

    @sg.cell(gates="f g o", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        o = sg.sigmoid(z.o)  # HERE
        c = f * prev.c + sg.tanh(z.g)
        return dict(f=f, c=c, h=sg.tanh(c))


def weight_nobody_uses():
    """weight 'p_f' is declared but nobody uses w.p_f"""

    @sg.cell(gates="a", weights="p_f")  # HERE
    def cell(z, prev, w):
        return dict(h=sg.tanh(z.a))


def unknown_gate():
    """unknown gate 'ff'; did you mean 'f'?"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.ff)  # HERE
        c = f * prev.c + sg.tanh(z.g)
        return dict(c=c, h=c)


def unknown_state():
    """unknown state 'cell'"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        f = sg.sigmoid(z.f)
        c = f * prev.cell + sg.tanh(z.g)  # HERE
        return dict(c=c, h=c)


def unknown_weight():
    """unknown weight 'p_i'"""

    @sg.cell(gates="f", weights="p_f")
    def cell(z, prev, w):
        return dict(h=sg.sigmoid(z.f + w.p_i * prev.h))  # HERE


def truth_value():
    """has no truth value: instead of `a if x > 0 else b` write `sg.where(x > 0, a, b)`"""

    @sg.cell(gates="a")
    def cell(z, prev):
        if z.a > 0:  # HERE
            return dict(h=z.a)
        return dict(h=prev.h)


def minimum_of_python():
    """`min` and `max` are sg.minimum and sg.maximum"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = min(z.a, 1.0)  # HERE
        return dict(h=h)


def torch_function():
    """torch's sigmoid takes arrays, and an equation is run on symbols: use softgate's own, as sg.sigmoid"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = torch.sigmoid(z.a)  # HERE
        return dict(h=h)


def numpy_function():
    """numpy's tanh takes arrays, and an equation is run on symbols: use softgate's own, as sg.tanh"""

    @sg.cell(gates="a")
    def cell(z, prev):
        return dict(
            h=np.tanh(z.a),  # HERE
        )


def math_function():
    """functions of `math` cannot take it"""

    @sg.cell(gates="a")
    def cell(z, prev):
        return dict(h=math.exp(z.a))  # HERE


def in_a_helper():
    """functions of `math` cannot take it"""

    def squash(x):
        return math.tanh(x)

    @sg.cell(gates="a")
    def cell(z, prev):
        h = squash(z.a)  # HERE
        return dict(h=h)


def in_a_nested_helper():
    """functions of `math` cannot take it"""

    @sg.cell(gates="a")
    def cell(z, prev):
        def squash(x):
            return math.tanh(x)  # HERE

        h = squash(z.a)
        return dict(h=h)


def nothing_returned():
    """the definition returns every signal by name, as in `return dict(f=f, c=c, h=h)`; got NoneType"""

    @sg.cell(gates="a")  # HERE
    def cell(z, prev):
        h = sg.tanh(z.a)


def tuple_returned():
    """the definition returns every signal by name, as in `return dict(f=f, c=c, h=h)`; got tuple"""

    @sg.cell(gates="f g", state="h c")
    def cell(z, prev):
        c = sg.sigmoid(z.f) * prev.c + sg.tanh(z.g)
        return c, sg.tanh(c)  # HERE


def signal_of_a_wrong_type():
    """signal 'o': an equation is made of symbols and numbers; got str: 'open'"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = sg.tanh(z.a)
        return dict(
            h=h,
            o="open",  # HERE
        )


def signal_without_a_value():
    """signal 'g': an equation is made of symbols and numbers; got NoneType: None"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = sg.tanh(z.a)
        return {
            "h": h,
            "g": None,  # HERE
        }


def signal_with_a_wrong_name():
    """signal name 'the state' is not an identifier"""

    @sg.cell(gates="a")
    def cell(z, prev):
        return {"h": sg.tanh(z.a), "the state": z.a}  # HERE


def comparison_as_a_number():
    """signal 'h': a comparison is not a number: write sg.where(0 < z.a, 1.0, 0.0)"""

    @sg.cell(gates="a")
    def cell(z, prev):
        open_ = z.a > 0
        return dict(h=open_ * prev.h)  # HERE


def number_as_a_condition():
    """signal 'h': the condition of sg.where is a comparison, as in x > 0; got z.a"""

    @sg.cell(gates="a")
    def cell(z, prev):
        return dict(h=sg.where(z.a, 1.0, prev.h))  # HERE


def power_that_is_not_half_whole():
    """powers are whole or half-whole numbers (got 1.7)"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = z.a**1.7  # HERE
        return dict(h=h)


def part_of_a_state():
    """only a gate has an input part .x and a hidden part .h; prev.h is not a gate"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = prev.h.x + z.a  # HERE
        return dict(h=h)


def calls_itself():
    """a name is used before it is defined"""

    @sg.cell(gates="a")
    def cell(z, prev):
        h = cell(z, prev)  # HERE
        return dict(h=h)


def endless_recursion():
    """maximum recursion depth exceeded"""

    @sg.cell(gates="a")
    def cell(z, prev):
        def again(x):
            return again(x)  # HERE

        return dict(h=again(z.a))


def too_few_arguments():
    """the definition is called with (z, prev, w): write `def cell(z, prev, w):`; too many positional arguments"""

    @sg.cell(gates="a", weights="p")  # HERE
    def cell(z, prev):
        return dict(h=z.a)


def too_many_arguments():
    """the definition is called with (z, prev): write `def cell(z, prev):` or declare weights=; missing"""

    @sg.cell(gates="a")  # HERE
    def cell(z, prev, w):
        return dict(h=z.a)


def no_state():
    """no state: a cell carries at least its output, as in state="h\""""

    @sg.cell(
        gates="a",
        state="",  # HERE
    )
    def cell(z, prev):
        return dict(h=z.a)


def no_gate():
    """no gate: without one the input goes nowhere; as in gates="a\""""

    @sg.cell(gates=(), state="h")  # HERE
    def cell(z, prev):
        return dict(h=prev.h + 1)


def decorated_without_arguments():
    """no gate: without one the input goes nowhere; as in gates="a\""""

    @sg.cell  # HERE
    def cell(z, prev):
        return dict(h=sg.tanh(z.a))


def gate_twice():
    """gate 'i' is declared twice"""

    @sg.cell(
        state="h",
        gates="i f i",  # HERE
    )
    def cell(z, prev):
        return dict(h=z.i + z.f)


def name_that_is_no_name():
    """state name 'h-1' is not an identifier"""

    @sg.cell(gates="a", state="h h-1")  # HERE
    def cell(z, prev):
        return dict(h=z.a)


def feedback_from_nowhere():
    """feedback 'i' must be the name of a gate that is also a state"""

    @sg.cell(
        gates="i",
        feedback="i",  # HERE
    )
    def cell(z, prev):
        return dict(h=z.i)


def feedback_that_is_not_heard():
    """feedback 'i' goes into the hidden part of its gate, and only z.i.x is used"""

    @sg.cell(gates="i", state="h i", feedback="i")
    def cell(z, prev):
        i = sg.sigmoid(z.i.x)  # HERE
        return dict(i=i, h=i * prev.h)


def symbol_from_elsewhere():
    """symbol 'x' comes from elsewhere; a cell is made of z, prev, w and numbers"""

    @sg.cell(gates="a")  # HERE
    def cell(z, prev):
        return dict(h=z.a + sg.tanh.value)


def state_that_nobody_reads():
    """state 'c' is never read: nobody uses prev.c, so there is nothing to carry; leave it out of"""

    @sg.cell(gates="a", state="h c")  # HERE
    def cell(z, prev):
        c = sg.tanh(z.a)
        return dict(c=c, h=c * prev.h)


def gate_that_python_owns():
    """gate name 'class' is a word of Python's own"""

    @sg.cell(gates="a class")  # HERE
    def cell(z, prev):
        return dict(h=z.a * getattr(z, "class"))
