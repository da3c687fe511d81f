"""The tables, one file each: columns, inputs, computation, headline, figure and checks; `registry` finds them."""
