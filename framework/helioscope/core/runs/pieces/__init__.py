"""Long runs piece by piece: where one is cut, what is kept of a piece, and going on from there.

A piece is a stretch of raw batches. It is kept as what the detector made of each batch by itself,
so that pieces can be made in any order and in any process. What crosses the borders of batches
(the clock, the counts, the live time, the numbers of batches from which seeds come) is followed
when the pieces are put together in their order.
"""
