"""The screens of the page for beginners: words, pictures, and which claim has the evidence.

The words say what is asked and what to look for; what was found, the results say.
"""

from __future__ import annotations

from softgate.why import pictures
from softgate.why.reading import Screen, reading

__all__ = ["Screen", "screens"]

HALVES = 10


def screens() -> list[Screen]:
    """All of them, from a number that remembers to what may be swapped."""
    return [*_parts(), *_curves(), _playing(), reading(), _misleading(), *_second_question(), *_doubts()]


def _parts() -> list[Screen]:
    return [
        (
            "A number that remembers",
            (
                "Read a sentence aloud, one letter at a time. To close a bracket at the right place, you must "
                "remember that "
                "one was opened. A net that reads has the same trouble: it sees one letter, and the one before "
                "is gone.",
                "So it is given a memory. A single number, called c. Whatever the net wants to keep, it must keep in "
                "numbers like this one. An LSTM is a row of such numbers, and some machinery around each.",
                "The machinery does four things. It writes something into the memory. It holds what is there. "
                "It empties it. "
                "It shows it to the rest of the net, or hides it.",
            ),
            (),
            None,
            (),
        ),
        (
            "A tap: how much?",
            (
                "Whether to write, to hold or to show is a question of how much. Nothing, a little, half, all. "
                "The answer lies "
                "between 0 and 1, like a tap between shut and open.",
                "The curve that makes such an answer out of any number is called the sigmoid. Told something "
                "very negative, it "
                "answers 0: shut. Told something very positive, it answers 1: open. In between it glides.",
            ),
            (pictures.curve("sigmoid", "The sigmoid.", "Told -5 it is all but shut, told 5 all but open."),),
            None,
            ("In an LSTM these taps are called gates. There are three: one for writing, one for keeping, one "
            "for showing.",),
        ),
    ]  # fmt: skip


def _curves() -> list[Screen]:
    return [
        (
            "A push: which way?",
            (
                "What is written is another question. Not how much, but which way: up or down? An answer "
                "between -1 and 1 can "
                "say both. At 1 it pushes the memory up, at -1 down, at 0 it leaves it alone.",
                "The curve for this is called tanh. Look where it passes through the middle: at zero. A sigmoid "
                "never goes "
                "there. It has no way to say “down”.",
            ),
            (pictures.curve("tanh", "The tanh.", "The same shape, but it reaches below zero."),),
            None,
            (),
        ),
        (
            "They are one curve",
            (
                "Before we argue about the two, look at them together. Make a sigmoid twice as steep, twice as "
                "tall, and "
                "move it down by one. What you get is a tanh. Exactly.",
                "So the two do not differ in some deep way. They differ in where they end, where their middle "
                "is, and how "
                "steep they are. Three simple things. Each can be changed alone, and that is what experiments are for.",
            ),
            (pictures.stretched(),),
            None,
            (
                "The first LSTM, of 1997, used neither: its squashing functions were sigmoids that had been "
                "stretched and "
                "moved in this way, from -2 to 2 and from -1 to 1. And it had no gate for forgetting.",
            ),
        ),
    ]  # fmt: skip


def _playing() -> Screen:
    return (
        "The first question: why multiply them?",
        (
            "Because they answer different questions. The tanh says which way. The sigmoid says how much of it. "
            "Multiply, and you get a push with a tap in front of it.",
            "Try it. Pull the slider to the left: the tap shuts, and whatever the tanh says, nothing gets "
            "through. Pull it to the right: all of it does. Now choose a sigmoid instead of the tanh, and look "
            "for the blue.",
        ),
        (pictures.product(),),
        None,
        (
            "With a tanh, the coloured map has two halves: orange for up, blue for down. With a sigmoid in its "
            "place, blue is gone. Nothing can be pushed down any more.",
        ),
    )


def _misleading() -> Screen:
    return (
        "The picture that misleads",
        (
            "Search for the answer, and you will find a curve: tanh(x) times sigmoid(x). People study its "
            "slope and "
            "find reasons in it.",
            "But look at the picture that you just played with. It has two numbers in it, x and y, not one. The "
            "push is told x, the tap is told y, and each is worked out in its own way. The famous curve is the "
            "case in which both are always told the same. So we looked into trained nets: are they?",
        ),
        (),
        1,
        (),
    )


def _second_question() -> list[Screen]:
    return [
        (
            "The second question: why not a sigmoid at the way in?",
            (
                "Suppose the push can only go up. The memory is a tally on a wall, and you may add strokes but "
                "never wipe "
                "one off.",
                "The picture shows a count that goes up, then down, then up again, and two memories that try to "
                "follow. "
                "The tanh can. The sigmoid cannot: where the count goes down, it stands still.",
                "There is one way for it to come down: by leaking. Move the upper slider. Now it sinks, but it "
                "sinks always, "
                "however well the count is doing. And it never gets below zero.",
            ),
            (pictures.memory(),),
            None,
            (),
        ),
        (
            "One cell cannot. Can a net?",
            (
                "That was arithmetic, and arithmetic is about one cell. A net has many. With two tallies, one "
                "for ups and one "
                "for downs, the difference is the count, and no tally ever has to go down.",
                "Does a net find that trick by itself? We trained nets of one cell and nets of two.",
            ),
            (),
            3,
            (),
        ),
        (
            "The window: why a second tanh?",
            (
                "At the way out there is the same pair again: a sigmoid that says how much is shown, and a tanh around "
                "the memory itself. Think of that tanh as a window through which the rest of the net sees the memory. "
                "What is it for?",
                "Each step adds at most one stroke to the tally. After a hundred steps there may be a hundred. So it "
                "is wrong, though often said, that tanh keeps the memory between -1 and 1. First we look how large it "
                "gets. In the picture c is the memory, and h is what the window shows of it.",
            ),
            (),
            13,
            (),
        ),
        (
            "What if the window is taken away?",
            (
                "The second tanh stands between the tally and everybody who reads it. Whoever looks through the window "
                "sees many or few, never a hundred.",
                "If that is what it is for, two things must be true. Without it, nets suffer. And where the tally is "
                "kept short by other means, it is not missed. In the picture “h linear” has no window, and “c clipped” "
                "a memory that is cut off.",
            ),
            (),
            14,
            (),
        ),
    ]  # fmt: skip


def _doubts() -> list[Screen]:
    return [
        (
            "Is it the slope?",
            (
                "A net learns from its mistakes by a signal that travels back through it. Each curve on the way "
                "multiplies "
                "the signal by its slope. The slope of tanh is at most 1, that of the sigmoid at most a quarter. "
                "Therefore, people say, tanh.",
                "But slope can be had for nothing: squeeze the sigmoid, and it is as steep as a tanh. If slope is the "
                "reason, the steep sigmoid must do as well, and a tanh that is made as flat as a sigmoid must do "
                "worse.",
            ),
            (),
            6,
            (),
        ),
        (
            "Is it the bend?",
            (
                "Others say that it is how the curve bends: its second derivative. So take a curve that does "
                "not bend at "
                "all. The hard tanh is a straight line that stops at -1 and at 1. Everything else is the same.",
            ),
            (),
            5,
            (),
        ),
        (
            "Taps that become switches",
            (
                "In the beginning every tap stands somewhere in the middle. Training moves it. "
                "If a task is about switching, taps should "
                "end up shut or open and seldom between. If it is about amounts, perhaps not.",
                f"There is a price for standing between. A tap that keeps half keeps {0.5**HALVES:.2%} after "
                f"{HALVES} steps. One that "
                f"keeps nine tenths keeps {0.9**HALVES:.0%}.",
            ),
            (),
            7,
            (),
        ),
        (
            "May one take something else?",
            (
                "Perhaps sigmoid and tanh are just habits. So we swapped: one part at a time, everything else the "
                "same, and each variant with the learning rate that suits it.",
            ),
            (),
            2,
            (),
        ),
    ]  # fmt: skip
