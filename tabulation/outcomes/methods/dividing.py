"""Divide seats among lists in proportion to their votes; each method with its steps.

Each takes votes by ballot number, all above 0, and answers seats by ballot number.
"""

import heapq
from collections.abc import Callable, Mapping
from fractions import Fraction

from tabulation.outcomes.methods.course import Course

Division = Callable[[Mapping[int, int], int, Course], dict[int, int]]


def largest_remainder(votes: Mapping[int, int], seats: int, course: Course) -> dict[int, int]:
    """Hare: votes / (all votes / seats), the whole parts first, then the largest remainders."""
    quotient = Fraction(sum(votes.values()), seats)
    course.say("hare_quotient", quotient=quotient)
    given: dict[int, int] = {}
    left: dict[int, Fraction] = {}
    for number, mine in votes.items():
        given[number] = int(mine // quotient)
        left[number] = mine / quotient - given[number]
        course.say("whole", list=number, seats=given[number], remainder=left[number])
    for number in course.first(left, seats - sum(given.values())):
        given[number] += 1
        course.say("remainder", list=number, remainder=left[number])
    return given


def highest_averages(divisor: Callable[[int], Fraction]) -> Division:
    """Seat by seat to the highest votes / ``divisor(seats the list has already)``."""

    def divide(votes: Mapping[int, int], seats: int, course: Course) -> dict[int, int]:
        given = dict.fromkeys(votes, 0)
        order = {number: i for i, number in enumerate(votes)}
        heap = [(-mine / divisor(0), order[number], number) for number, mine in votes.items()]
        heapq.heapify(heap)
        left = seats
        while left and heap:
            highest, equal = heap[0][0], []
            while heap and heap[0][0] == highest:
                equal.append(heapq.heappop(heap)[2])
            for number in course.some(equal, left, -highest):
                by = divisor(given[number])
                given[number] += 1
                left -= 1
                course.say(
                    "quotient", list=number, divisor=by, quotient=-highest, seat=seats - left
                )
                following = -votes[number] / divisor(given[number])
                heapq.heappush(heap, (following, order[number], number))
        return given

    return divide


#: What a list's votes are divided by for its next seat, by how many it has.
DIVISORS: dict[str, Callable[[int], Fraction]] = {
    "dhondt": lambda has: Fraction(has + 1),
    "sainte_lague": lambda has: Fraction(2 * has + 1),
    "modified_sainte_lague": lambda has: Fraction(2 * has + 1) if has else Fraction(14, 10),
}
DIVISIONS: dict[str, Division] = {
    "largest_remainder": largest_remainder,
    **{method: highest_averages(divisor) for method, divisor in DIVISORS.items()},
}
