"""English words as the product sees them: which to search for, which to leave out, which are verbs.

No parser and no model: questions are short, and word lists split them well enough.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_MAX_TERM_CHARS = 40
_STEM_CHARS = 6
_VARIANT = re.compile(r"(\w+) ([0-9]+(?:\.[0-9]+)?) ([a-z]+)")
_ISE = re.compile(r"(?<=[a-z]{3}i)([sz])(e|ed|es|er|ers|ing|ation|ations)$")

_WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*")

STOP_WORDS = frozenset(
    """
a about above after again against all also am an and any anyone anything are as at be because been before being below
best between both but by can could did do does doing done down during each either else ever few for from further get
give given gives had has have having he her here hers him his how i if in into is isn't it its itself just know let
like made make makes many may me might mine more most much must my near neither no nor not now of off often on once one
only or other others our ours out over own per please quite rather really same say says see seem seems shall she should
show shows since so some still such tell than that the their theirs them then there these they thing things this those
through to too toward towards under until up upon us use used uses using very versus via vs was we were what whatever
when where whether which while who whom whose why will with within without would yes yet you your yours
""".split()
)

# Split questions between noun phrases. Only verbs that research questions use and that are seldom nouns.
VERBS = frozenset("""
achieve acknowledge add admit affect aim allow appear append apply approach argue arise ask assess assume avoid beat
become begin behave believe blend boost bound break bring build buy catch cause change choose close collapse collect
come compare compete compute confirm confuse consider consist contain contradict convince correct cost count cover
create damage decide decline decouple decrease define degrade delete deliver deny depend derive describe deserve
detect determine differ disagree disconnect discover dismiss display distinguish drive drop earn emerge emit employ
enable encourage ensure evaluate exceed exist expect explain exploit explore expose express extend fail fake fall find
finish fit follow fool force forget form gain generalise generalize generate give go grasp grow handle happen harm
hear help hide hold hurt identify ignore imagine imitate impose improve include increase indicate induce inflate
influence inform inherit insist inspect interpret introduce invent invest involve justify keep know lack lead
learn leave lie limit lock loosen lose lower maintain manage match matter mean measure memorise memorize mislead miss
monitor need obey observe obtain occur omit outperform overcome overthink pay penalise penalize perform persist pick
play predict prefer preserve pretend prevent produce promise propose prove provide punish pursue push put quit quote
raise reach read recognise recognize recover reduce reflect reject rely remain remember remind remove repair repeat
replace reproduce require resist respond rest restore result retain reuse reveal rise run say scale see seek select
send separate serve shape sharpen shift shorten shrink sink sit slow solve speak speed spend stand start stay
stick stop strengthen struggle submit succeed suffer suggest supply support surpass survive swap take teach tell tend
think throw tighten tolerate train transfer treat trick trip trust try turn undergo underperform understand undo
unlearn update vanish vary verbalise verbalize verify want warn weaken win wonder work worry worsen write yield
""".split())  # fmt: skip
_IRREGULAR = {
    "lost": "lose", "kept": "keep", "made": "make", "led": "lead", "fell": "fall", "held": "hold", "found": "find",
    "taught": "teach", "learnt": "learn", "meant": "mean", "broke": "break", "broken": "break", "came": "come",
    "hid": "hide", "hidden": "hide", "grew": "grow", "lay": "lie", "rose": "rise", "took": "take",
    "understood": "understand", "won": "win", "wrote": "write", "written": "write", "gone": "go", "brought": "bring",
    "went": "go", "got": "get", "gotten": "get", "knew": "know", "known": "know", "gave": "give", "given": "give",
    "told": "tell", "said": "say", "saw": "see", "seen": "see", "chose": "choose", "chosen": "choose", "built": "build",
    "spent": "spend", "sent": "send", "spoke": "speak", "spoken": "speak", "stood": "stand", "stuck": "stick",
    "paid": "pay", "heard": "hear", "caught": "catch", "began": "begin", "begun": "begin", "became": "become",
    "fallen": "fall", "drove": "drive", "driven": "drive", "forgot": "forget", "forgotten": "forget", "ran": "run",
    "shrank": "shrink", "shrunk": "shrink", "threw": "throw", "thrown": "throw", "bought": "buy",
}  # fmt: skip
COMPARATIVES = {
    "smaller": "small", "smallest": "small", "larger": "large", "largest": "large", "bigger": "big", "biggest": "big",
    "longer": "long", "longest": "long", "shorter": "short", "shortest": "short", "stronger": "strong",
    "strongest": "strong", "weaker": "weak", "weakest": "weak", "better": "good", "worse": "bad", "newer": "new",
    "newest": "new", "older": "old", "faster": "fast", "slower": "slow", "higher": "high", "harder": "hard",
    "easier": "easy", "deeper": "deep", "simpler": "simple", "cheaper": "cheap", "safer": "safe",
}  # fmt: skip
_COMPARED = {base: tuple(word for word, of in COMPARATIVES.items() if of == base) for base in COMPARATIVES.values()}

# What the field writes short. Questions use either form, and a text may use only one.
ABBREVIATIONS = {
    "cot": "chain of thought", "sft": "supervised fine-tuning", "rl": "reinforcement learning",
    "rlvr": "reinforcement learning with verifiable rewards", "rlhf": "reinforcement learning from human feedback",
    "dpo": "direct preference optimization", "prm": "process reward model", "prms": "process reward models",
    "orm": "outcome reward model", "slm": "small language model", "slms": "small language models",
    "llm": "large language model", "llms": "large language models", "lrm": "large reasoning model",
    "lrms": "large reasoning models", "lm": "language model", "lms": "language models", "icl": "in-context learning",
    "ood": "out of distribution", "qa": "question answering", "nli": "natural language inference",
    "kd": "knowledge distillation", "moe": "mixture of experts", "rag": "retrieval-augmented generation",
    "ptq": "post-training quantization", "kv": "key-value",
}  # fmt: skip

# How words of topic slugs are written in running text.
_TOPIC_WORDS = {
    "cot": "chain-of-thought", "llm": "LLM", "llms": "LLMs", "rl": "RL", "rlvr": "RLVR", "rlhf": "RLHF", "sft": "SFT",
    "dpo": "DPO", "slm": "SLM", "slms": "SLMs", "nlp": "NLP", "qa": "QA", "ai": "AI", "prm": "PRM", "rag": "RAG",
}  # fmt: skip
_HYPHENATED = ("fine-tuning", "self-correction", "self-verification", "test-time", "chain-of-thought", "post-training")


def topic_name(topic: str) -> str:
    """A topic's slug in words.

    >>> topic_name("cot-faithfulness")
    'chain-of-thought faithfulness'
    """
    name = " ".join(_TOPIC_WORDS.get(word, word) for word in re.split(r"[-_/\s]+", topic) if word)
    for compound in _HYPHENATED:
        name = name.replace(compound.replace("-", " "), compound)
    return name


def quoted(names: Sequence[str], joint: str = "and") -> str:
    """Names in quotation marks, as a list in a sentence.

    >>> quoted(["a", "b", "c"])
    '“a”, “b” and “c”'
    """
    marked = [f"“{name}”" for name in names]
    return f" {joint} ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)


def counted(n: int, noun: str, plural: str = "") -> str:
    """So many of something.

    >>> counted(1, "note"), counted(2100, "inquiry", "inquiries")
    ('1 note', '2,100 inquiries')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def spelled_out(text: str) -> str:
    """The text with the field's abbreviations followed by what they stand for.

    >>> spelled_out("Does SFT help?")
    'Does SFT (supervised fine-tuning) help?'
    """
    return _WORD.sub(
        lambda m: f"{m[0]} ({ABBREVIATIONS[w]})" if (w := m[0].casefold()) in ABBREVIATIONS else m[0], text
    )


def content_terms(text: str) -> tuple[str, ...]:
    """Words to search for: lower case, no stop words, each once; if all are stop words, none."""
    words = (word.casefold().removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text))
    return tuple(dict.fromkeys(w for w in words if w not in STOP_WORDS and len(w) <= _MAX_TERM_CHARS))


def content_stems(text: str) -> frozenset[str]:
    """Rough stems of the words to search for.

    >>> content_stems("the distilled models") == content_stems("Distilling a model")
    True
    """
    return frozenset(stem for word in _WORD.findall(text) if (stem := _stem(word) if len(word) < 64 else ""))


@lru_cache(maxsize=1 << 15)
def _stem(word: str) -> str:
    """Rough stem of a word as it stands in a text, empty where it is none to search for; texts repeat their words."""
    return next(map(rough_stem, content_terms(word)), "")


def spellings(word: str) -> tuple[str, ...]:
    """A word as texts may have it where stemming sees other words: -ise and -ize, comparatives, names in other orders.

    >>> spellings("quantisation"), spellings("small"), spellings("model")
    (('quantisation', 'quantization'), ('small', 'smaller', 'smallest'), ('model',))
    >>> spellings("claude 3.7 sonnet")
    ('claude 3.7 sonnet', 'sonnet 3.7', 'claude sonnet 3.7')
    """
    other = _ISE.sub(lambda m: ("z" if m[1] == "s" else "s") + m[2], word)
    return (word, *([other] if other != word else []), *_COMPARED.get(word, ()), *_orders(word))


def _orders(name: str) -> tuple[str, ...]:
    """Other orders of a model's name: family, version and variant, or two of them."""
    if found := _VARIANT.fullmatch(name):
        family, version, variant = found.groups()
        return f"{variant} {version}", f"{family} {variant} {version}"
    return ()


def rough_stem(word: str) -> str:
    """What forms of a word have in common, roughly: enough to tell which of a few sentences speak of the same thing.

    >>> rough_stem("distilled") == rough_stem("distillation"), rough_stem("models") == rough_stem("model")
    (True, True)
    """
    base = base_form(_IRREGULAR.get(word, word))
    return base[:_STEM_CHARS] if len(base) > _STEM_CHARS else base.removesuffix("s") or base


def base_form(word: str) -> str:
    """A comparative or superlative as its adjective ("smaller" -> "small"), else the word itself."""
    return COMPARATIVES.get(word, word)


def verb_base(word: str) -> str | None:
    """Base form of a known verb, None for any other word. Forms in -ing count as nouns ("training", "reasoning")."""
    if word in VERBS:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, put_back in (("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("d", "")):
        if word.endswith(ending) and (stem := word[: -len(ending)] + put_back) in VERBS:
            return stem
    return None
