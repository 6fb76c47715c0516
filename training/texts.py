"""The closed vocabulary of the model: random phrases of everyday short speech.

Every function takes a `random.Random` and returns one phrase as it is to be
written: capital first letter, final full stop (or question mark), numbers in
words. The vocabulary is deliberately small, so that a model of a few million
weights can know all of it well.
"""

import random

DIGITS = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
    "twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth "
    "twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
ALPHABET = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
).split()
ROOMS = "kitchen,bedroom,bathroom,living room,office,garden,garage,hall".split(",")
DEVICES = "light,lamp,fan,heating,radio,music,television,oven,printer,alarm".split(",")
THINGS = (
    "door window book letter table chair box bag phone key picture cup bottle map bed "
    "car bus train boat bike house road bridge tree river flower bird cat dog horse fish "
    "mouse robot model machine computer"
).split()
ADJECTIVES = (
    "small big old new red green blue white black yellow happy quiet slow fast young "
    "long short warm cold good little"
).split()
PEOPLE = "mother,father,brother,sister,teacher,doctor,friend,child,man,woman,boy,girl".split(",")
MOTIONS = "sits stands sleeps walks runs waits sings plays works lives".split()
PLACES = "on,under,behind,near,beside,in front of".split(",")
VERBS = "sees likes wants finds takes brings buys hears needs loves".split()
FOODS = "coffee tea water milk bread butter cheese soup rice sugar salt fruit cake".split()
COMMANDS = (
    "stop,start,go,yes,no,left,right,up,down,on,off,open,close,play,pause,next,previous,"
    "louder,quieter,faster,slower,help,cancel,repeat,save,delete,copy,paste,undo,print,send,"
    "search,back,forward,home,menu,hello,goodbye,good morning,good evening,good night,"
    "thank you,please,wait,continue,again,okay"
).split(",")


def number(value: int) -> str:
    """The English words of a number below one million."""
    if value < 10:
        return DIGITS[value]
    if value < 20:
        return TEENS[value - 10]
    if value < 100:
        tens, unit = divmod(value, 10)
        return TENS[tens - 2] + (f"-{DIGITS[unit]}" if unit else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{DIGITS[hundreds]} hundred" + (f" and {number(rest)}" if rest else "")
    thousands, rest = divmod(value, 1000)
    joint = " and " if 0 < rest < 100 else " "
    return f"{number(thousands)} thousand" + (joint + number(rest) if rest else "")


def random_number(rng: random.Random) -> int:
    """A number, small ones more often than large ones."""
    top = rng.choice([20, 100, 100, 100, 1000, 1000, 10000])
    return rng.randrange(top)


def digits(rng: random.Random) -> str:
    return " ".join(rng.choice(DIGITS) for _ in range(rng.choice([1, 2, 3, 4, 5, 6, 7, 8])))


def numbers(rng: random.Random) -> str:
    if rng.random() < 0.8:
        return number(random_number(rng))
    name = rng.choice("room page line number question bus platform chapter".split())
    return f"{name} {number(random_number(rng))}"


def date(rng: random.Random) -> str:
    day, ordinal, month = rng.choice(WEEKDAYS), rng.choice(ORDINALS), rng.choice(MONTHS)
    return rng.choice(
        [
            f"{day} the {ordinal} of {month}",
            f"the {ordinal} of {month}",
            f"today is {day}",
            f"tomorrow is {day}",
            f"on {day} the {ordinal} of {month}",
            f"see you on {day} {rng.choice(['morning', 'evening', 'afternoon'])}",
        ]
    )


def time(rng: random.Random) -> str:
    hour = number(rng.randint(1, 12))
    past = rng.choice(
        [f"{number(m)} {w}" for m in (5, 10, 20) for w in ("past", "to")]
        + ["half past", "quarter past", "quarter to"]
    )
    return rng.choice(
        [
            f"{past} {hour}",
            f"it is {past} {hour}",
            f"{hour} o'clock",
            f"it is {hour} o'clock in the {rng.choice(['morning', 'evening', 'afternoon'])}",
            f"wake me up at {past} {hour}",
            f"the {rng.choice(['train', 'bus'])} leaves at {past} {hour}",
        ]
    )


def spelling(rng: random.Random) -> str:
    return " ".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 6)))


def device_command(rng: random.Random) -> str:
    device, room = rng.choice(DEVICES), rng.choice(ROOMS)
    count = number(rng.randint(2, 60))
    return rng.choice(
        [
            f"turn {rng.choice(['on', 'off'])} the {device}",
            f"turn {rng.choice(['on', 'off'])} the {device} in the {room}",
            f"please turn the {device} {rng.choice(['up', 'down'])}",
            f"set the {device} to {number(rng.randint(0, 100))} percent",
            f"set a timer for {count} {rng.choice(['minutes', 'seconds', 'hours'])}",
            f"the temperature in the {room} is {count} degrees",
            f"please open the {rng.choice(['door', 'window', 'menu'])} in the {room}",
            f"close the {rng.choice(['door', 'window', 'garage'])} please",
            f"call my {rng.choice(PEOPLE)}",
            f"send a letter to my {rng.choice(PEOPLE)}",
            f"play the {rng.choice(['next', 'previous', 'first', 'last'])} song again",
            f"add {rng.choice(FOODS)} and {rng.choice(FOODS)} to my list",
            f"go to page {count}",
        ]
    )


def word_command(rng: random.Random) -> str:
    return rng.choice(COMMANDS)


def question(rng: random.Random) -> str:
    return (
        rng.choice(
            [
                "what time is it",
                "what is the weather today",
                f"what is the weather on {rng.choice(WEEKDAYS)}",
                f"where is the {rng.choice(ADJECTIVES)} {rng.choice(THINGS)}",
                f"where is my {rng.choice(THINGS)}",
                f"is the {rng.choice(DEVICES)} in the {rng.choice(ROOMS)} on",
                f"how many {rng.choice(['cups', 'books', 'days', 'words'])} are there",
                f"what is {number(rng.randint(0, 99))} {rng.choice(['plus', 'minus', 'times'])} "
                f"{number(rng.randint(0, 99))}",
                f"do you want {rng.choice(FOODS)} or {rng.choice(FOODS)}",
                "how are you today",
                "what is your name",
            ]
        )
        + "?"
    )


def thing(rng: random.Random) -> str:
    """A noun phrase with an article or possessive."""
    noun = rng.choice(THINGS + PEOPLE)
    head = f"{rng.choice(ADJECTIVES)} {noun}" if rng.random() < 0.6 else noun
    article = rng.choice(["the", "the", "my", "your", "a"])
    if article == "a" and head[0] in "aeiou":
        article = "an"
    return f"{article} {head}"


def sentence(rng: random.Random) -> str:
    return rng.choice(
        [
            lambda: f"{thing(rng)} {rng.choice(MOTIONS)} {rng.choice(PLACES)} {thing(rng)}",
            lambda: f"{thing(rng)} {rng.choice(VERBS)} {thing(rng)}",
            lambda: f"{thing(rng)} {rng.choice(VERBS)} {rng.choice(FOODS)}",
            lambda: f"{thing(rng)} is {rng.choice(['very ', ''])}{rng.choice(ADJECTIVES)}",
            lambda: (
                f"I am a {rng.choice(['very ', ''])}"
                f"{rng.choice([a for a in ADJECTIVES if a[0] not in 'aeiou'])} "
                f"{rng.choice(THINGS + PEOPLE)}"
            ),
            lambda: (
                f"I {rng.choice(['like', 'want', 'need', 'love'])} "
                f"{rng.choice([rng.choice(FOODS), thing(rng)])}"
            ),
            lambda: f"I know {rng.choice(['only ', ''])}{number(rng.randint(2, 1000))} words",
            lambda: (
                f"there are {number(rng.randint(2, 100))} "
                f"{rng.choice('birds cats dogs trees books words cups days'.split())} "
                f"in the {rng.choice(ROOMS)}"
            ),
            lambda: f"hello from {rng.choice(['Tessera', thing(rng)])}",
            lambda: f"hello {rng.choice(PEOPLE)}",
            lambda: f"this is {thing(rng)}",
            lambda: f"please bring me {rng.choice(FOODS)} and {rng.choice(FOODS)}",
            lambda: f"the weather is {rng.choice(['warm', 'cold', 'good'])} today",
        ]
    )()


KINDS = [
    (digits, 0.24),
    (numbers, 0.15),
    (date, 0.08),
    (time, 0.08),
    (spelling, 0.09),
    (device_command, 0.13),
    (word_command, 0.05),
    (question, 0.06),
    (sentence, 0.12),
]


def written(words: str) -> str:
    """Casing and final punctuation."""
    words = words[0].upper() + words[1:]
    return words if words.endswith("?") else words + "."


def phrase(rng: random.Random) -> str:
    """One random phrase of the vocabulary."""
    kinds, weights = zip(*KINDS, strict=True)
    return written(rng.choices(kinds, weights)[0](rng))
