"""What the data is: columns, schemas, products, quality bits, time."""
