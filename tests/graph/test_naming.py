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
    assert names[0] == "process reward models"
    assert names[1].startswith("mechanisms")
    assert names[2].startswith("text-to-SQL")
    assert not any(word in name for name in names.values() for word in ("large", "language", "survey"))


def test_names_keep_the_spelling_of_titles():
    """A German reader would read "grösse" where the notes say Größe."""
    names = cluster_names({0: [("Über Größe", []), ("Neues Über Größe", []), ("Über Größe", [])], 1: CIRCUITS})
    assert names[0] == "über größe"


def test_no_part_of_a_term_stands_for_it():
    """A name would break off in the middle: "small language", "retrieval augmented"."""
    titles = [
        "Retrieval Augmented Generation at Scale",
        "On Retrieval Augmented Generation",
        "Retrieval Augmented Generation",
    ]
    names = cluster_names({0: [(title, []) for title in titles], 1: CIRCUITS})
    assert names[0] == "retrieval augmented generation"


def test_two_clusters_that_say_the_same_have_two_names():
    """One could not tell which of two clusters is meant."""
    names = cluster_names(dict.fromkeys(range(4), REWARDS), taken=["unnamed"])
    assert len(set(names.values())) == 4
    assert set(cluster_names({5: REWARDS}, taken=names.values()).values()).isdisjoint(names.values())
    assert cluster_names({0: [("", [])]}) == {0: "unnamed"}


def test_properties_of_notes_name_no_cluster():
    """Clusters of a vault would be called by the state of its notes."""
    vault = {
        0: [("One", ["status-seed", "type-concept", "context-dev-tools"])] * 3,
        1: [("Two", ["status-draft", "type-concept", "context-mlops"])] * 3,
        2: [("Three", ["status-done", "type-concept", "context-safety"])] * 3,
    }
    names = cluster_names(vault)
    assert [names[i].split(", ")[0] for i in range(3)] == ["dev tools", "mlops", "safety"]


TITLES = st.text(st.sampled_from("abAB -'’:of.9"), max_size=40)


@given(st.lists(st.lists(st.tuples(TITLES, st.lists(TITLES, max_size=2)), min_size=1, max_size=4), max_size=4))
def test_any_titles_give_distinct_names_in_any_order(clusters: list[list[tuple[str, list[str]]]]):
    """An odd title would break the map, or names would change from run to run."""
    members = dict(enumerate(clusters))
    names = cluster_names(members)
    assert len(set(names.values())) == len(members)
    assert all(names.values())
    assert cluster_names(dict(reversed(members.items()))) == names
