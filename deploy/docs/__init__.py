"""Documents made from the code, so that they can't say anything else: the language and the metrics."""
