"""The four tables as people see them: columns, orders, filters, pages of rows, metrics of extensions."""
