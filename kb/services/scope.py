"""Conditions of a finding, read from its words by a list of names: model, size, task, metric, method."""

import re

from kb.domain import Scope
from kb.services.findings import size_words

_MODELS = r"""
(?:DeepSeek|MobileLLM|SmolLM|OpenAI|VibeThinker|Llama|LLaMA|Qwen|QwQ|Mistral|Mixtral|Gemma|Gemini|Claude|PaLM|LaMDA|
OLMo|Olmo|Pythia|OPT|Phi|Llemma|GPT-OSS|GPT|ChatGPT|InstructGPT|T5|BERT|Granite|Kimi|GLM)
(?:[- ]?[A-Za-z]{0,8}[0-9]\w*(?:\.\w+)*)?(?:-(?:[A-Z0-9]|math|mini|base)\w*(?:\.\w+)*)*|
o[134](?:-mini|-preview)?|
(?:large |small(?:er)? |open-weight |instruction-tuned |vision-)?(?:reasoning|language) models?|LLMs?|SLMs?|LRMs?|
transformers?
"""
_TASKS = r"""
GSM-?8[Kk](?:-\w+)?|GSM-?Symbolic|MATH-?500|MATH|AIME ?'?[0-9]{0,4}|MMLU(?:-Pro)?|GPQA(?:[- ]Diamond)?|
BIG-Bench(?: Hard)?|BBH|HumanEval|MBPP|ARC-\w+|StrategyQA|CommonsenseQA|ToolBench|Countdown|MedQA(?:-USMLE)?|
HotpotQA|TruthfulQA|IFEval|SWE-bench|LiveCodeBench|ScienceQA|AQuA|SVAMP|HMMT ?[0-9]*|ProofWriter|FOLIO|MathIF|
(?:(?:competition|school|grade-school) )?math(?:s|ematics|ematical reasoning)?|
(?:logical|commonsense|symbolic|causal|multi-hop|multi-?step|spatial|medical|arithmetic|scientific) reasoning|
function calling|tool use|code generation|program(?:ming| repair)|planning|question answering|QA|
instruction following|puzzles?|chess|summari[sz]ation|translation|constraint satisfaction
"""
_METRICS = r"""
accuracy|faithfulness|unfaithfulness|AUROC|[Pp]ass@[0-9k]+|F1|pass rate|calibration error|perplexity|
information gain|error rate|output length|chain length|tokens?|step validity|coherence|necessity|sufficiency|
robustness|throughput|latency|agreement|log-probabilit(?:y|ies)|verbali[sz]ation|monitorability
"""
_METHODS = r"""
(?:[Ss]upervised |[Ff]ull |[Pp]arameter-efficient |[Ii]nstruction )?[Ff]ine-?tuning|SFT|GRPO|DPO|PPO|RLVR|RLHF|
[Rr]einforcement [Ll]earning|RL|(?:[Ss]elf-|[Cc]hain-of-thought |CoT |[Aa]gent )?[Dd]istill(?:ation|ing|ed)|
(?:[Ff]ew-shot |[Zz]ero-shot )?(?:[Cc]hain[- ]of[- ]thought|CoT) (?:prompt(?:ing|s)?|training|monitoring)|
[Ss]elf-consistency|[Ss]elf-correction|[Bb]udget forcing|[Ee]arly exit|[Pp]run(?:ing|ed)|[Pp]rob(?:e|es|ing)|
(?:[Aa]ctivation )?(?:patching|steering)|[Qq]uanti[sz]ation|[Pp]re-?training|[Mm]id-training|LoRA|[Tt]ree search|
[Bb]est-of-N|[Pp]rocess reward(?: model)?s?|[Pp]rocess supervision|[Oo]utcome supervision|[Ff]iller tokens?|
[Pp]araphras(?:e|ing)|[Ee]arly termination|[Tt]runcation|[Pp]erturbations?|[Tt]ool (?:calls?|integration)|
[Cc]urriculum|[Ss]parse autoencoders?|[Ll]atent reasoning|[Ss]peculative decoding|[Gg]uided decoding|
[Pp]refill(?:ing|ed)
"""
_MOST_NAMES = 4
_SAYS_NOTHING = frozenset(("language model", "language models", "llm", "llms", "transformer", "transformers"))
"""Words that narrow nothing in this field: a scope that holds these alone would be none."""
_COUNTED = ("of ", "fewer ", "more ")
"""Before “tokens”, these make a measure of it; elsewhere it is what a text is made of."""


def _pattern(names: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{names.replace(chr(10), '')})(?!\w)")


_PATTERNS = {name: _pattern(names) for name, names in (
    ("model", _MODELS), ("task", _TASKS), ("metric", _METRICS), ("method", _METHODS),
)}  # fmt: skip


def scope_of(text: str) -> Scope:
    """The conditions that a sentence names, each in its own words; those that it does not name stay open.

    >>> scope_of("Fine-tuning Qwen2.5-7B on GSM8K lowers accuracy").model_dump(exclude_none=True)
    {'model': 'Qwen2.5-7B', 'size': '7B', 'task': 'GSM8K', 'metric': 'accuracy', 'method': 'Fine-tuning'}
    >>> scope_of("What transformers gain depends on the tokens chosen").model_dump(exclude_none=True)
    {}
    >>> scope_of("It takes 24% fewer tokens").metric
    'tokens'
    """
    found = {name: ", ".join(_names(pattern, text)) or None for name, pattern in _PATTERNS.items()}
    return Scope(**found, size=", ".join(size_words(text)[:_MOST_NAMES]) or None)


def _names(pattern: re.Pattern[str], text: str) -> list[str]:
    """Names in order, each once, however it is written."""
    found = {m[0].casefold(): m[0] for m in reversed(list(pattern.finditer(text))) if _says_something(m)}
    return list(found.values())[::-1][:_MOST_NAMES]


def _says_something(match: re.Match[str]) -> bool:
    name = match[0].casefold()
    is_measure = not name.startswith("token") or match.string.endswith(_COUNTED, 0, match.start())
    return is_measure and name not in _SAYS_NOTHING


def scope_terms(text: str) -> dict[str, frozenset[str]]:
    """Names that a text holds for model, task, metric and method, in lower case, to compare texts by."""
    return {name: frozenset(m[0].casefold() for m in pattern.finditer(text)) for name, pattern in _PATTERNS.items()}
