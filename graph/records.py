"""What is told of the concept graph, as records that commands print and pages show."""

from enum import StrEnum

from pydantic import Field

from kb.domain import EdgeKind, PartialDate, Record, RelationKind


class NodeKind(StrEnum):
    """What a node is."""

    NOTE = "note"
    PAPER = "paper"
    DOCUMENT = "document"
    INQUIRY = "inquiry"
    TOPIC = "topic"


class Node(Record):
    """A node as lists and maps show it; its words are without markup."""

    id: str = Field(description="id of a source, arxiv:<id> of a paper known by metadata, inquiry:<id> or topic:<slug>")
    kind: NodeKind
    title: str
    claim: str = ""
    summary: str = ""
    date: PartialDate | None = None
    held: bool = Field(True, description="whether the library has its text")
    file: str = Field("", description="a note's file, relative to the notes folder")


class Cluster(Record):
    """A part of the graph that hangs together more than it does with the rest."""

    name: str = Field(description="the words that tell it apart")
    number: int = Field(ge=0, description="from the largest, as they were when they were searched for")
    n_nodes: int
    label: str = Field(description="small, medium or large")


class Connection(Record):
    """Something next to a node, and how."""

    node: Node
    kinds: tuple[EdgeKind, ...] = Field(description="every kind of edge between the two")
    outward: bool = Field(False, description="whether an edge leads there")
    inward: bool = Field(False, description="whether an edge leads here, as a backlink does")
    why: str = Field(
        "",
        description="the sentence that holds the link, the claim that rests on the paper, the most alike sentences or"
        " a model's reason; empty where there is none",
    )
    cosine: float | None = Field(None, description="similarity of the two, where both are held")


class Neighbourhood(Record):
    """A note, paper, document, inquiry or topic among what is around it."""

    node: Node
    n_direct: int = Field(description="nodes next to it; 0 of a topic, which only names its sources")
    n_two_hop: int = Field(description="nodes within two steps, those next to it among them")
    density: str = Field(description="how much is within two steps: small, medium or large")
    cluster: Cluster | None = None
    topics: tuple[str, ...] = ()
    parents: tuple[Connection, ...] = ()
    children: tuple[Connection, ...] = ()
    tensions: tuple[Connection, ...] = ()
    links: tuple[Connection, ...] = Field((), description="what it links to")
    backlinks: tuple[Connection, ...] = Field((), description="what links here")
    cites: tuple[Connection, ...] = Field((), description="papers that it rests on")
    cited_by: tuple[Connection, ...] = ()
    inquiries: tuple[Connection, ...] = Field((), description="kept inquiries that quote it, or of one, what it quotes")
    near: tuple[Connection, ...] = Field((), description="most similar and not linked, each among the other's nearest")
    proposed: tuple[Connection, ...] = Field((), description="relations that models propose; counted nowhere else")
    related_notes: tuple[Connection, ...] = Field((), description="notes of the library by cosine, best first")
    related_papers: tuple[Connection, ...] = Field((), description="papers of the library by cosine, best first")

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Everything next to it, each node once; what models propose is not."""
        parts = (self.parents, self.children, self.tensions, self.links, self.backlinks, self.cites, self.cited_by)
        listed = (connection for part in (*parts, self.inquiries, self.near) for connection in part)
        return tuple({connection.node.id: connection for connection in listed}.values())


class Step(Record):
    """One step of a path."""

    source: Node
    target: Node
    kind: EdgeKind
    forward: bool = Field(description="whether the edge leads from source to target")
    why: str = Field(description="why the two belong together, in words")
    proposed: str = Field(
        "", description="how the source bears on the target, as a model proposes it; no step by itself"
    )


class Path(Record):
    """How one node leads to another; no steps where it does not."""

    start: Node
    end: Node
    steps: tuple[Step, ...] = ()


class ClusterView(Record):
    """A cluster with the nodes that stand for it."""

    cluster: Cluster
    n_notes: int
    n_papers: int
    central: tuple[Node, ...] = Field(description="its best connected nodes, best first")


class SuggestionKind(StrEnum):
    """What a suggestion is about."""

    LINK = "link"
    """Two notes are near, and neither links to the other."""
    BRIDGE = "bridge"
    """The same, of notes in different clusters that little connects."""
    ORPHAN = "orphan"
    """A note that no note is linked with, and the one nearest to it."""
    DUPLICATE = "duplicate"
    """Two sources that say nearly the same."""


class Suggestion(Record):
    """A connection that may be missing."""

    id: str = Field(description="names the pair, whatever else is suggested")
    kind: SuggestionKind
    source: Node
    target: Node
    cosine: float
    source_sentence: str = Field("", description="the sentence nearest to the target's")
    target_sentence: str = Field("", description="the sentence nearest to the source's")
    why: str = Field(description="what speaks for it, in words")


class MapEdge(Record):
    """An edge of a map; nodes are named by id."""

    source: str
    target: str
    kind: EdgeKind
    why: str = ""
    cosine: float | None = None
    relation: RelationKind | None = Field(None, description="of a proposed edge: how the source bears on the target")


class MapNode(Record):
    """A node of a map."""

    node: Node
    cluster: int = Field(-1, description="number of its cluster, -1 for none")


class Map(Record):
    """The whole graph, for exports and pages."""

    title: str
    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    clusters: tuple[Cluster, ...]
