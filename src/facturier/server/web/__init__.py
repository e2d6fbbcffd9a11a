"""The cockpit: the pages in which a cabinet and its clients work.

Templates and htmx, no script of a third party at run time. A view parses, calls, renders; what an
invoice may become is decided by :mod:`facturier.lifecycle`, what is kept by ``documents`` and
``books``. Every dossier is looked up in ``request.dossiers``.

* :mod:`.portfolio`: all dossiers, one line each.
* :mod:`.dossier`: the tabs of one dossier; :mod:`.listing`: the filters and sums of its lists.
* :mod:`.depositing`: drag and drop, zip, the result of each file.
* :mod:`.document`: one invoice: readable copy, verdict, timeline, actions, entry.
* :mod:`.source`: the XML, and the way between its elements and the lines of the entry.
* :mod:`.bookkeeping`: entries, journals, FEC.
* :mod:`.proof`: the envelopes of a document; the export of the archive.
"""
