"""The concept graph: how notes, papers and documents hang together."""
