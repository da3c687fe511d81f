"""The significance level of every test, and the normal critical value of 95 % intervals."""

SIGNIFICANCE = 0.05
"""The largest p-value, after the adjustment for several tests, at which a change is called significant.

It is the error rate over all tests of a family: the chance that any of them is significant although nothing changed.
The smallest drop that counts as a collapse is another quantity, the margin in `profile_tests`.
"""

NORMAL_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
