"""The public's papers: PDFs of what is published."""

from tabulation import papers
from tabulation.views.public import public

protocol = public(papers.protocol)
area = public(papers.area)
