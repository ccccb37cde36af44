"""Names of clusters: phrases that a reader of the field would use, no two alike."""

from hypothesis import given
from hypothesis import strategies as st

from graph.naming import cluster_names

REWARDS = [("Process Reward Models for Math", ["rl-verifiable-rewards"]), ("Training Process Reward Models", [])]
CIRCUITS = [
    ("Which circuits carry reasoning?", ["mechanisms"]),
    ("Probing Circuits of Language Models", ["mechanisms"]),
]
SQL = [
    ("ACT-SQL: In-context Learning for Text-to-SQL with Large Language Models", []),
    ("Large Language Models for Text-to-SQL: Early Exit", []),
    ("A Survey of Table Reasoning with Large Language Models", []),
]


def test_topics_and_phrases_name_clusters_and_words_of_the_field_do_not():
    """Clusters of papers would be called "language, large, models"."""
    names = cluster_names({0: REWARDS, 1: CIRCUITS, 2: SQL})
    assert names[0] == "Process reward models"
    assert names[1].startswith("Mechanisms")
    assert names[2].startswith("Text-to-SQL")
    assert not any(word in name for name in names.values() for word in ("large", "language", "survey"))


def test_names_keep_the_spelling_of_titles():
    """A German reader would read "grösse" where the notes say Größe."""
    names = cluster_names({0: [("Über Größe", []), ("Neues Über Größe", []), ("Über Größe", [])], 1: CIRCUITS})
    assert names[0] == "Über größe"


def test_no_part_of_a_term_stands_for_it():
    """A name would break off in the middle: "small language", "retrieval augmented"."""
    titles = [
        "Retrieval Augmented Generation at Scale",
        "On Retrieval Augmented Generation",
        "Retrieval Augmented Generation",
    ]
    names = cluster_names({0: [(title, []) for title in titles], 1: CIRCUITS})
    assert names[0] == "Retrieval augmented generation"


def test_two_clusters_that_say_the_same_have_two_names():
    """One could not tell which of two clusters is meant."""
    names = cluster_names(dict.fromkeys(range(4), REWARDS), taken=["Unnamed"])
    assert len(set(names.values())) == 4
    assert set(cluster_names({5: REWARDS}, taken=names.values()).values()).isdisjoint(names.values())
    assert cluster_names({0: [("", [])]}) == {0: "Unnamed"}


def test_properties_of_notes_name_no_cluster():
    """Clusters of a vault would be called by the state of its notes."""
    vault = {
        0: [("One", ["status-seed", "type-concept", "context-dev-tools"])] * 3,
        1: [("Two", ["status-draft", "type-concept", "context-mlops"])] * 3,
        2: [("Three", ["status-done", "type-concept", "context-safety"])] * 3,
    }
    names = cluster_names(vault)
    assert [names[i].split(", ")[0] for i in range(3)] == ["Dev tools", "Mlops", "Safety"]


def named(*sources: tuple[str, str], beside: int = 50) -> str:
    """The name of a small cluster, by title and text of its sources, in a library of others that it has nothing with."""
    others = {n: [(f"The Subject{n} Theorem", []), (f"A Subject{n} Proof", [])] for n in range(1, beside)}
    members = {0: [(title, []) for title, _ in sources], **others}
    usual = "However, extensive experiments show that existing methods fall behind in many tasks."
    texts = {0: [text for _, text in sources], **{n: [usual, usual] for n in others}}
    return cluster_names(members, texts=texts)[0]


def test_two_papers_are_named_by_what_both_say():
    """A pair would bear a phrase of one title that says nothing of the other."""
    usual = "Extensive experiments show that existing methods fall behind"
    decompiling = ("Unveiling WebAssembly Through Decompilation", f"{usual} in reverse engineering of binaries.")
    assert (
        named(decompiling, ("Control Flow Deobfuscation", f"{usual}. Reverse engineering is hard."))
        == "Reverse engineering"
    )
    assert (
        named(("Which LLMs Get the Joke?", "We test humor."), ("Creative Humor", "Humor is odd."), ("Humor", ""))
        == "Humor"
    )
    assert (
        named(("Cultural Alignment of Models", "Cultural norms differ."), ("Cultural Alignment", "Norms."))
        == "Cultural alignment"
    )
    assert named(("Prompt Baking", f"{usual}."), ("Negation Neglect", f"{usual}.")).casefold() in (
        "prompt baking",
        "negation neglect",
    )


def test_what_many_texts_say_names_no_cluster():
    """Pairs would be called "extensive experiments"; in a library of two texts nobody knows what many say."""
    texts = ("We run extensive experiments.", "Extensive experiments follow.")
    assert named(("Prompt Baking", texts[0]), ("Negation Neglect", texts[1])) in ("Prompt baking", "Negation neglect")
    assert named(("Prompt Baking", texts[0]), ("Negation Neglect", texts[1]), beside=1) == "Prompt baking"


def test_an_adjective_never_stands_alone_where_its_noun_is_known():
    """A cluster would be called "multimodal, visual"."""
    medical = ["Medical Reasoning", "Better Medical Reasoning", "Clinical Reasoning", "Clinical Notes", "Medical Exams"]
    names = cluster_names({0: [(title, []) for title in medical], 1: CIRCUITS * 4})
    assert names[0] == "Medical and clinical reasoning"
    names = cluster_names({0: [("Agents", []), ("Language Agents", []), ("Financial Agents", [])] * 2, 1: CIRCUITS * 4})
    assert "inancial" not in names[0].replace("inancial agent", "")


def test_shortened_words_are_no_names():
    """A cluster would be called "didn't"."""
    assert (
        "didn"
        not in cluster_names({0: [("You Didn’t Say Paraphrases", []), ("They Didn't Read", [])], 1: SQL})[0].lower()
    )


TITLES = st.text(st.sampled_from("abAB -'’:of.9"), max_size=40)


@given(st.lists(st.lists(st.tuples(TITLES, st.lists(TITLES, max_size=2)), min_size=1, max_size=4), max_size=4))
def test_any_titles_give_distinct_names_in_any_order(clusters: list[list[tuple[str, list[str]]]]):
    """An odd title would break the map, or names would change from run to run."""
    members = dict(enumerate(clusters))
    names = cluster_names(members)
    assert len(set(names.values())) == len(members)
    assert all(names.values())
    assert cluster_names(dict(reversed(members.items()))) == names
