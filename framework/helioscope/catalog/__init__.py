"""What was done: runs, calibrations with their validity, products with their lineage, jobs.

`helioscope.catalog.store` opens a catalogue, `rows` holds what it gives back, `lineage` says what
made a product. Importing this package imports none of them.
"""
