"""What the article could not decide by pictures: one folder an experiment, each with a table, claims and a figure.

`<experiment>/measurement.py` has `measure(subject, ...)`, which computes with PyTorch; `<experiment>/claims.py` has the
table's `COLUMNS` and `claims(rows, seed)`, which read tables alone.
"""
