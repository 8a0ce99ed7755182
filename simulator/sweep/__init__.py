"""Many calls at once: runs are split into shares, an engine plays them, and the same results come of it as one by one.

`shares` says who plays what, `gathered` puts the parts together (both pure), `sweep` is the loop between them and an
engine: this process (`here`), several of them (`processes`), or a Ray cluster (`cluster`).
"""
