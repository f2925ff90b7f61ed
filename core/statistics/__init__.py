"""Counting: buckets, percentiles, days, and the results that pages and the seed's API are made of."""
