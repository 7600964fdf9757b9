"""Any figures of a small form, and any relation about them."""

from hypothesis import strategies as st

from tabulation.arithmetic.rules import OPERATORS, Relation

LINES = 5
figures_ = st.lists(st.none() | st.integers(0, 40), min_size=LINES, max_size=LINES)
positions = st.lists(st.integers(1, LINES), max_size=LINES, unique=True).map(tuple)
relations = st.builds(
    Relation,
    positions,
    st.sampled_from(OPERATORS),
    positions,
    st.decimals(0, 50, places=3),
    st.booleans(),
)
