"""How unique the two factors are: other numbers of factors, other starts, other units, other methods."""
