"""Documents in: notes and papers from files to sources, blocks, sentences and passages."""
